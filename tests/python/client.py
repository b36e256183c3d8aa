"""Sends one request to a WS-Management server with a client library, and prints the answer as JSON.

usage: client.py LIBRARY URL USER PASSWORD REQUEST

LIBRARY is pypsrp or pywinrm. REQUEST is JSON, one of:

  {"enumerate": CLASS, "mode": MODE}            MODE: EnumerateObject, EnumerateEPR or EnumerateObjectAndEPR
  {"query": WQL}
  {"get": CLASS, "keys": {NAME: VALUE}}
  {"invoke": CLASS, "method": NAME, "keys": {NAME: VALUE}, "parameters": {NAME: VALUE}}
  {"class": CLASS}

"namespace" may stand in each; without it, root/cimv2 is asked. The answer is one of:

  {"instances": [{NAME: VALUE}], "references": [{KEY: VALUE}], "requests": COUNT}
  {"instance": {NAME: VALUE}}
  {"output": {NAME: VALUE}, "element": NAME}
  {"class": NAME, "superclass": NAME, "properties": [NAME], "methods": [NAME]}
  {"fault": SUBCODE, "reason": TEXT}
  {"unauthorized": TEXT}
"""

import json
import sys
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
ALL_CLASSES = "http://schemas.dmtf.org/wbem/wscim/1/*"
CIM_XML = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

READ_TIMEOUT = 30
ITEMS_PER_PULL = 50


class Fault(Exception):
    """The server answered with a SOAP fault: subcode and reason."""


class Unauthorized(Exception):
    """The server does not accept user and password."""


class Pypsrp:
    """pypsrp writes the whole envelope but the body."""

    def __init__(self, url, user, password):
        from pypsrp.wsman import WSMan

        parts = urlsplit(url)
        self.wsman = WSMan(
            parts.hostname,
            port=parts.port,
            username=user,
            password=password,
            ssl=parts.scheme == "https",
            auth="basic",
            encryption="auto" if parts.scheme == "https" else "never",
            cert_validation=False,
            no_proxy=True,
            read_timeout=READ_TIMEOUT,
        )

    def send(self, action, resource, selectors, body):
        from pypsrp.exceptions import AuthenticationError, WSManFaultError
        from pypsrp.wsman import SelectorSet

        selector_set = SelectorSet()
        for name, value in selectors.items():
            selector_set.add_option(name, value)
        try:
            envelope = self.wsman.invoke(action, resource, body, selector_set=selector_set)
        except WSManFaultError as error:
            raise Fault(str(error.code), error.reason)
        except AuthenticationError as error:
            raise Unauthorized(str(error))
        return envelope.find(f"{{{SOAP}}}Body")


class Pywinrm:
    """pywinrm writes the header; it knows no selectors but that of a shell."""

    def __init__(self, url, user, password):
        from winrm.protocol import Protocol

        self.protocol = Protocol(
            url,
            transport="basic",
            username=user,
            password=password,
            server_cert_validation="ignore",
            read_timeout_sec=READ_TIMEOUT,
            proxy=None,
        )

    def send(self, action, resource, selectors, body):
        import xmltodict
        from winrm.exceptions import InvalidCredentialsError, WSManFaultError

        header = self.protocol.build_wsman_header(action, resource)
        envelope = ET.fromstring(xmltodict.unparse({"env:Envelope": header}))
        selector_set = ET.SubElement(envelope.find(f"{{{SOAP}}}Header"), f"{{{WSMAN}}}SelectorSet")
        for name, value in selectors.items():
            ET.SubElement(selector_set, f"{{{WSMAN}}}Selector", Name=name).text = value
        envelope_body = ET.SubElement(envelope, f"{{{SOAP}}}Body")
        if body is not None:
            envelope_body.append(body)
        try:
            answer = self.protocol.send_message(ET.tostring(envelope, encoding="unicode"))
        except WSManFaultError as error:
            raise Fault(error.fault_subcode, error.reason)
        except InvalidCredentialsError as error:
            raise Unauthorized(str(error))
        return ET.fromstring(answer).find(f"{{{SOAP}}}Body")


def local(tag):
    return tag.rpartition("}")[2]


def value(element):
    """The value of a property: None, text, or the names and values inside an element that has elements."""
    if element.get(f"{{{XSI}}}nil") == "true":
        return None
    if len(element) == 0:
        return element.text or ""
    if local(element[0].tag) in ("Datetime", "Interval", "Date", "Time"):
        return element[0].text
    return properties(element)


def properties(instance):
    """An array comes as the same element repeatedly."""
    found = {}
    for element in instance:
        found.setdefault(local(element.tag), []).append(value(element))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def reference(address):
    """The selectors of an endpoint reference."""
    return {selector.get("Name"): selector.text for selector in address.iter(f"{{{WSMAN}}}Selector")}


def enumerate_request(mode, query):
    body = ET.Element(f"{{{ENUMERATION}}}Enumerate")
    ET.SubElement(body, f"{{{WSMAN}}}OptimizeEnumeration")
    ET.SubElement(body, f"{{{WSMAN}}}MaxElements").text = str(ITEMS_PER_PULL)
    if mode:
        ET.SubElement(body, f"{{{WSMAN}}}EnumerationMode").text = mode
    if query:
        ET.SubElement(body, f"{{{WSMAN}}}Filter", Dialect=WQL).text = query
    return body


def pull_request(context):
    body = ET.Element(f"{{{ENUMERATION}}}Pull")
    ET.SubElement(body, f"{{{ENUMERATION}}}EnumerationContext").text = context
    ET.SubElement(body, f"{{{ENUMERATION}}}MaxElements").text = str(ITEMS_PER_PULL)
    return body


def add_items(answer, items):
    for item in items:
        for part in item if item.tag == f"{{{WSMAN}}}Item" else [item]:
            if part.tag == f"{{{ADDRESSING}}}EndpointReference":
                answer["references"].append(reference(part))
            else:
                answer["instances"].append(properties(part))


def enumerate_all(client, resource, selectors, mode=None, query=None):
    """Enumerate, then Pull until the server says that nothing follows."""
    answer = {"instances": [], "references": [], "requests": 0}
    action, body = f"{ENUMERATION}/Enumerate", enumerate_request(mode, query)
    while True:
        response = client.send(action, resource, selectors, body)[0]
        answer["requests"] += 1
        is_last = False
        for part in response:
            if local(part.tag) == "Items":
                add_items(answer, part)
            is_last |= local(part.tag) == "EndOfSequence"
        if is_last:
            return answer
        context = response.findtext(f"{{{ENUMERATION}}}EnumerationContext")
        action, body = f"{ENUMERATION}/Pull", pull_request(context)


def invoke(client, request, selectors):
    resource = CIM + request["invoke"]
    body = ET.Element(f"{{{resource}}}{request['method']}_INPUT")
    for name, text in request.get("parameters", {}).items():
        ET.SubElement(body, f"{{{resource}}}{name}").text = text
    output = client.send(f"{resource}/{request['method']}", resource, selectors, body)[0]
    return {"output": properties(output), "element": local(output.tag)}


def class_declaration(client, name, selectors):
    declaration = client.send(f"{TRANSFER}/Get", CIM_XML, {**selectors, "ClassName": name}, None)[0]
    elements = {"properties": [], "methods": []}
    for element in declaration:
        if local(element.tag).startswith("PROPERTY"):
            elements["properties"].append(element.get("NAME"))
        elif local(element.tag) == "METHOD":
            elements["methods"].append(element.get("NAME"))
    return {"class": declaration.get("NAME"), "superclass": declaration.get("SUPERCLASS"), **elements}


def answer_of(client, request):
    selectors = {"__cimnamespace": request.get("namespace", "root/cimv2"), **request.get("keys", {})}
    if "enumerate" in request:
        return enumerate_all(client, CIM + request["enumerate"], selectors, mode=request.get("mode"))
    if "query" in request:
        return enumerate_all(client, ALL_CLASSES, selectors, query=request["query"])
    if "get" in request:
        body = client.send(f"{TRANSFER}/Get", CIM + request["get"], selectors, None)
        return {"instance": properties(body[0])}
    if "invoke" in request:
        return invoke(client, request, selectors)
    return class_declaration(client, request["class"], selectors)


def main():
    library, url, user, password, request = sys.argv[1:]
    client = {"pypsrp": Pypsrp, "pywinrm": Pywinrm}[library](url, user, password)
    try:
        answer = answer_of(client, json.loads(request))
    except Fault as fault:
        answer = {"fault": fault.args[0], "reason": fault.args[1]}
    except Unauthorized as error:
        answer = {"unauthorized": str(error)}
    json.dump(answer, sys.stdout)


main()
