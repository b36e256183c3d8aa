"""Sends requests to a WS-Management server with a client library, and prints the answers as JSON.

usage: client.py LIBRARY URL USER PASSWORD

LIBRARY is pypsrp or pywinrm. Each line of standard input is a request in JSON, one of:

  {"enumerate": CLASS, "mode": MODE}            MODE: EnumerateObject, EnumerateEPR or EnumerateObjectAndEPR
  {"query": WQL}
  {"associators": CLASS, "keys": {NAME: VALUE}, "AssociationClassName": CLASS, "ResultClassName": CLASS, "Role": NAME,
   "ResultRole": NAME}                          all but the first two may be absent; also "references"
  {"get": CLASS, "keys": {NAME: VALUE}}
  {"create": CLASS, "properties": {NAME: VALUE}}
  {"put": CLASS, "keys": {NAME: VALUE}, "properties": {NAME: VALUE}, "modified": [NAME]}
  {"delete": CLASS, "keys": {NAME: VALUE}}
  {"invoke": CLASS, "method": NAME, "keys": {NAME: VALUE}, "parameters": {NAME: VALUE}}
  {"class": CLASS}
  {"open": CLASS}                               starts an enumeration and takes nothing yet
  {"release": CONTEXT}
  {"subscribe": WQL}
  {"pull": CONTEXT}
  {"renew": SUBSCRIPTION, "expires": DURATION}  also {"status": SUBSCRIPTION} and {"unsubscribe": SUBSCRIPTION}
  {"leave": CLASS, "method": NAME, ..., "after": SECONDS}    as invoke, but closes the connection if no answer comes so long

Each may have "namespace" (without it root/cimv2 is asked), "options": {NAME: TEXT}, "timeout": SECONDS, and "listen", see
listening.py.
Each line of standard output is an answer, one of:

  {"instances": [{NAME: VALUE}], "classes": [NAME], "references": [{KEY: VALUE}], "requests": COUNT}
  {"instance": {NAME: VALUE}}
  {"created": {KEY: VALUE}}
  {"done": true}                                false when the answer came before the client left
  {"output": {NAME: VALUE}, "element": NAME}
  {"class": NAME, "superclass": NAME, "properties": [NAME], "methods": [NAME]}
  {"context": CONTEXT, "subscription": SUBSCRIPTION}
  {"expires": DURATION}
  {"fault": SUBCODE, "reason": TEXT}
  {"unauthorized": TEXT}
  {"no answer": TEXT}                           the response has no SOAP message

and those to a request with "listen" have "events": [{FIELD: TEXT}] besides.
"""

import json
import sys
import xml.etree.ElementTree as ET

import requests
from libraries import OPERATION_TIMEOUT, Fault, NoAnswer, Pypsrp, Pywinrm, Unauthorized
from listening import Listening, new_operation
from wsman import ADDRESSING, ALL_CLASSES, CIM, CIM_XML, ENUMERATION, EVENTING, TRANSFER, WSMAN
from wsman import association_filter, context_body, enumerate_body, instance_body, subscribe_body, subscription_body
from wsman import local, properties, reference, write_values

LIBRARIES = {"pypsrp": Pypsrp, "pywinrm": Pywinrm}


def add_items(answer, items):
    for item in items:
        for part in item if item.tag == f"{{{WSMAN}}}Item" else [item]:
            if part.tag == f"{{{ADDRESSING}}}EndpointReference":
                answer["references"].append(reference(part))
            else:
                answer["instances"].append(properties(part))
                answer["classes"].append(local(part.tag))


def no_items():
    return {"instances": [], "classes": [], "references": [], "requests": 0}


class Asking:
    """One request."""

    def __init__(self, client, request):
        self.client = client
        self.request = request
        self.selectors = {"__cimnamespace": request.get("namespace", "root/cimv2"), **request.get("keys", {})}
        self.options = [(name, "xs:string", text) for name, text in request.get("options", {}).items()]

    def send(self, action, resource, body, selectors=None):
        selectors = self.selectors if selectors is None else selectors
        return self.client.send(action, resource, selectors, body, self.options)

    def namespace_alone(self):
        return {"__cimnamespace": self.selectors["__cimnamespace"]}

    def enumerate_all(self, resource, **body):
        """Enumerate, then Pull until the server says that nothing follows."""
        answer = no_items()
        action, body = "Enumerate", enumerate_body(**body)
        while True:
            response = self.send(f"{ENUMERATION}/{action}", resource, body, self.namespace_alone())[0]
            answer["requests"] += 1
            is_last = False
            for part in response:
                if local(part.tag) == "Items":
                    add_items(answer, part)
                is_last |= local(part.tag) == "EndOfSequence"
            if is_last:
                return answer
            context = response.findtext(f"{{{ENUMERATION}}}EnumerationContext")
            action, body = "Pull", context_body("Pull", context)

    def do_enumerate(self, class_name):
        return self.enumerate_all(CIM + class_name, mode=self.request.get("mode"))

    def do_query(self, query):
        return self.enumerate_all(ALL_CLASSES, query=query)

    def associated(self, kind, class_name):
        association = association_filter(kind, class_name, self.selectors, self.request)
        return self.enumerate_all(ALL_CLASSES, association=association)

    def do_associators(self, class_name):
        return self.associated("AssociatedInstances", class_name)

    def do_references(self, class_name):
        return self.associated("AssociationInstances", class_name)

    def do_get(self, class_name):
        return {"instance": properties(self.send(f"{TRANSFER}/Get", CIM + class_name, None)[0])}

    def do_create(self, class_name):
        body = instance_body(class_name, self.request["properties"])
        return {"created": reference(self.send(f"{TRANSFER}/Create", CIM + class_name, body))}

    def do_put(self, class_name):
        self.options += [
            ("wmiarray:__MIInstanceModifiedPropertiesList", "xs:string", name)
            for name in self.request.get("modified", [])
        ]
        body = instance_body(class_name, self.request["properties"])
        answer = self.send(f"{TRANSFER}/Put", CIM + class_name, body)
        return {"instance": properties(answer[0]) if len(answer) else {}}

    def do_delete(self, class_name):
        self.send(f"{TRANSFER}/Delete", CIM + class_name, None)
        return {"done": True}

    def method_call(self, class_name):
        """Action, resource and body of a method call."""
        resource, method = CIM + class_name, self.request["method"]
        body = ET.Element(f"{{{resource}}}{method}_INPUT")
        write_values(body, resource, self.request.get("parameters", {}))
        return f"{resource}/{method}", resource, body

    def do_invoke(self, class_name):
        output = self.send(*self.method_call(class_name))[0]
        return {"output": properties(output), "element": local(output.tag)}

    def do_leave(self, class_name):
        action, resource, body = self.method_call(class_name)
        patience = self.request["after"]
        try:
            self.client.post(action, resource, self.selectors, body, [], new_operation(), patience).close()
        except requests.ReadTimeout:
            return {"done": True}
        return {"done": False}

    def do_class(self, name):
        selectors = {**self.selectors, "ClassName": name}
        declaration = self.send(f"{TRANSFER}/Get", CIM_XML, None, selectors)[0]
        elements = {"properties": [], "methods": []}
        for element in declaration:
            if local(element.tag).startswith("PROPERTY"):
                elements["properties"].append(element.get("NAME"))
            elif local(element.tag) == "METHOD":
                elements["methods"].append(element.get("NAME"))
        return {"class": declaration.get("NAME"), "superclass": declaration.get("SUPERCLASS"), **elements}

    def do_open(self, class_name):
        answer = self.send(f"{ENUMERATION}/Enumerate", CIM + class_name, enumerate_body(optimize=False))[0]
        return {"context": answer.findtext(f"{{{ENUMERATION}}}EnumerationContext")}

    def do_release(self, context):
        self.send(f"{ENUMERATION}/Release", ALL_CLASSES, context_body("Release", context))
        return {"done": True}

    def do_subscribe(self, query):
        answer = self.send(f"{EVENTING}/Subscribe", ALL_CLASSES, subscribe_body(query))[0]
        context = answer.findtext(f".//{{{ENUMERATION}}}EnumerationContext")
        return {"context": context, "subscription": answer.findtext(f".//{{{EVENTING}}}Identifier"), **expires(answer)}

    def do_pull(self, context):
        answer = no_items()
        response = self.send(f"{ENUMERATION}/Pull", ALL_CLASSES, context_body("Pull", context))[0]
        for part in response:
            if local(part.tag) == "Items":
                add_items(answer, part)
        following = response.findtext(f"{{{ENUMERATION}}}EnumerationContext")
        return {**answer, "context": following}

    def on_subscription(self, action, subscription):
        body = subscription_body(action, subscription, self.request.get("expires"))
        return self.send(f"{EVENTING}/{action}", ALL_CLASSES, body)

    def do_renew(self, subscription):
        return expires(self.on_subscription("Renew", subscription)[0])

    def do_status(self, subscription):
        return expires(self.on_subscription("GetStatus", subscription)[0])

    def do_unsubscribe(self, subscription):
        self.on_subscription("Unsubscribe", subscription)
        return {"done": True}

    def answer(self):
        """The first member of the request names the operation."""
        operations = (name for name in self.request if hasattr(self, f"do_{name}"))
        name = next(operations)
        return getattr(self, f"do_{name}")(self.request[name])


def expires(answer):
    length = answer.findtext(f"{{{EVENTING}}}Expires")
    return {"expires": length} if length else {}


def answer_of(library, request):
    wishes = request.get("listen")
    client = Listening(library, wishes) if wishes else library
    library.set_timeout(request.get("timeout", OPERATION_TIMEOUT))
    try:
        answer = Asking(client, request).answer()
    except Fault as fault:
        answer = {"fault": fault.args[0], "reason": fault.args[1]}
    except Unauthorized as error:
        answer = {"unauthorized": str(error)}
    except NoAnswer as error:
        answer = {"no answer": str(error)}
    return {**answer, "events": client.events} if wishes else answer


def main():
    library, url, user, password = sys.argv[1:]
    client = LIBRARIES[library](url, user, password)
    for line in sys.stdin:
        print(json.dumps(answer_of(client, json.loads(line))), flush=True)


main()
