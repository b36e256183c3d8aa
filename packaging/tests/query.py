"""Enumerates a class through the service with pypsrp: query.py STATE-FOLDER CLASS"""

import sys
import xml.etree.ElementTree as ElementTree

from pypsrp.wsman import NAMESPACES, WSMan, WSManAction

state, class_name = sys.argv[1:]
with open(f"{state}/credentials") as file:
    user, password = file.readline().strip().split(":", 1)
server = WSMan("127.0.0.1", port=5986, username=user, password=password, auth="basic", cert_validation=f"{state}/certificate.pem")
uri = f"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/{class_name}"
enumerate_ = ElementTree.Element(f"{{{NAMESPACES['wsen']}}}Enumerate")
ElementTree.SubElement(enumerate_, f"{{{NAMESPACES['wsman']}}}OptimizeEnumeration")
answer = server.invoke(WSManAction.ENUMERATE, uri, enumerate_)
instances = [element for element in answer.iter() if element.tag.endswith("}" + class_name)]
assert instances, ElementTree.tostring(answer)
print(f"{len(instances)} instance(s) of {class_name}, {len(instances[0])} properties")
