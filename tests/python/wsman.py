"""WS-Management messages: namespaces, bodies of requests, values of CIM properties in answers."""

import xml.etree.ElementTree as ET

CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
ALL_CLASSES = "http://schemas.dmtf.org/wbem/wscim/1/*"
CIM_XML = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
ASSOCIATION = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter"
PULL_DELIVERY = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Pull"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
ANONYMOUS = f"{ADDRESSING}/role/anonymous"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
BINDING = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
WINDOWS = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

ITEMS_PER_PULL = 50

# Not written by ElementTree by itself, because it stands in the value of an attribute.
ET.register_namespace("wsman", WSMAN)


def local(tag):
    return tag.rpartition("}")[2]


def value(element):
    """The value of a property: None, text, the selectors of a reference, or the properties of an embedded instance."""
    if element.get(f"{{{XSI}}}nil") == "true":
        return None
    if len(element) == 0:
        return element.text or ""
    if local(element[0].tag) in ("Datetime", "Interval", "Date", "Time"):
        return element[0].text
    if element.find(f".//{{{WSMAN}}}SelectorSet") is not None:
        return reference(element)
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


def write_reference(parent, class_name, selectors):
    """The content of an endpoint reference."""
    ET.SubElement(parent, f"{{{ADDRESSING}}}Address").text = ANONYMOUS
    parameters = ET.SubElement(parent, f"{{{ADDRESSING}}}ReferenceParameters")
    ET.SubElement(parameters, f"{{{WSMAN}}}ResourceURI").text = CIM + class_name
    selector_set = ET.SubElement(parameters, f"{{{WSMAN}}}SelectorSet")
    for name, text in selectors.items():
        ET.SubElement(selector_set, f"{{{WSMAN}}}Selector", Name=name).text = text


def write_values(parent, uri, values):
    """Properties or parameters. A value is None, text, a list of them, an embedded instance {"class", "properties"} or a
    reference {"reference", "keys"}."""
    for name, content in values.items():
        for item in content if isinstance(content, list) else [content]:
            element = ET.SubElement(parent, f"{{{uri}}}{name}")
            if item is None:
                element.set(f"{{{XSI}}}nil", "true")
            elif isinstance(item, str):
                element.text = item
            elif "reference" in item:
                write_reference(element, item["reference"], item["keys"])
            else:
                embedded = CIM + item["class"]
                element.set("xmlns:e", embedded)
                element.set(f"{{{XSI}}}type", f"e:{item['class']}_Type")
                write_values(element, embedded, item["properties"])


def instance_body(class_name, values):
    body = ET.Element(f"{{{CIM + class_name}}}{class_name}")
    write_values(body, CIM + class_name, values)
    return body


def enumerate_body(mode=None, query=None, association=None, optimize=True):
    body = ET.Element(f"{{{ENUMERATION}}}Enumerate")
    if optimize:
        ET.SubElement(body, f"{{{WSMAN}}}OptimizeEnumeration")
        ET.SubElement(body, f"{{{WSMAN}}}MaxElements").text = str(ITEMS_PER_PULL)
    if mode:
        ET.SubElement(body, f"{{{WSMAN}}}EnumerationMode").text = mode
    if query:
        ET.SubElement(body, f"{{{WSMAN}}}Filter", Dialect=WQL).text = query
    if association is not None:
        ET.SubElement(body, f"{{{WSMAN}}}Filter", Dialect=ASSOCIATION).append(association)
    return body


def association_filter(kind, class_name, selectors, restrictions):
    """DSP0227 section 8.2. `kind` is AssociatedInstances or AssociationInstances."""
    wanted = ET.Element(f"{{{BINDING}}}{kind}")
    write_reference(ET.SubElement(wanted, f"{{{BINDING}}}Object"), class_name, selectors)
    for name in ("AssociationClassName", "Role", "ResultClassName", "ResultRole"):
        if name in restrictions:
            ET.SubElement(wanted, f"{{{BINDING}}}{name}").text = restrictions[name]
    return wanted


def context_body(name, context):
    """Pull or Release."""
    body = ET.Element(f"{{{ENUMERATION}}}{name}")
    ET.SubElement(body, f"{{{ENUMERATION}}}EnumerationContext").text = context
    if name == "Pull":
        ET.SubElement(body, f"{{{ENUMERATION}}}MaxElements").text = str(ITEMS_PER_PULL)
    return body


def subscribe_body(query):
    body = ET.Element(f"{{{EVENTING}}}Subscribe")
    ET.SubElement(body, f"{{{EVENTING}}}Delivery", Mode=PULL_DELIVERY)
    ET.SubElement(body, f"{{{EVENTING}}}Expires").text = "PT60S"
    ET.SubElement(body, f"{{{WSMAN}}}Filter", Dialect=WQL).text = query
    return body


def subscription_body(name, identifier, expires=None):
    """Renew, GetStatus or Unsubscribe."""
    body = ET.Element(f"{{{EVENTING}}}{name}")
    ET.SubElement(body, f"{{{EVENTING}}}Identifier").text = identifier
    if expires:
        ET.SubElement(body, f"{{{EVENTING}}}Expires").text = expires
    return body
