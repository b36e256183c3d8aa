"""Listening to a provider: answers with several messages, and answers to its questions (MS-WSMV section 3.1.4.1.26 and
2.2.5.11 to 2.2.5.16).

The client libraries read one message in each response. So they write the requests here, and the responses are read as
they come: while more follows, the first element of a body is an InteractiveEvent.
"""

import uuid
import xml.etree.ElementTree as ET

from wsman import SOAP, local, properties, value

INTERACTIVE = "http://schemas.microsoft.com/wbem/wsman/1/cim/interactive.xsd"
RESPOND = "/InteractiveResponse"


def registration(wishes):
    """The options that say what the client wants to be told: {"callbacks": BITS, "channels": [NUMBER], "errors": MODE,
    "prompts": MODE}, as MS-WSMV section 2.2.10 numbers them."""
    options = [("__MI_CallbackRegistration", wishes["callbacks"])]
    options += [("wmiarray:__MI_OPERATIONOPTIONS_CHANNELVALUE", channel) for channel in wishes.get("channels", [])]
    for name, option in (("errors", "WRITEERRORMODE"), ("prompts", "PROMPTUSERMODE")):
        if name in wishes:
            options.append((f"wmi:__MI_OPERATIONOPTIONS_{option}", wishes[name]))
    return [(name, "xs:int", str(number)) for name, number in options]


def new_operation():
    """An id for an operation."""
    return f"uuid:{str(uuid.uuid4()).upper()}"


class Listening:
    """A client whose provider may speak. Has `send` as a library has; `events` is what was said."""

    def __init__(self, library, wishes):
        self.library = library
        self.wishes = wishes
        self.operation = new_operation()
        self.events = []

    def send(self, action, resource, selectors, body, options=()):
        options = [*options, *registration(self.wishes)]
        with self.library.post(action, resource, selectors, body, options, self.operation) as response:
            for text in envelopes(response):
                content = ET.fromstring(text).find(f"{{{SOAP}}}Body")
                first = content[0] if len(content) else None
                if first is not None and first.tag == f"{{{SOAP}}}Fault":
                    raise self.library.fault(text)
                if first is None or first.tag != f"{{{INTERACTIVE}}}InteractiveEvent":
                    return content
                self.hear(first, resource, selectors)
        raise EOFError("the response ended before the answer came")

    def hear(self, event, resource, selectors):
        fields = {local(element.tag): field(element) for element in event}
        self.events.append(fields)
        kind = fields["EventType"]
        is_shown_only = self.wishes.get("prompts") == 0 and fields.get("PromptType") != "Critical"
        if fields.get("ActionType") == "Inquire" or (kind == "Confirm" and not is_shown_only):
            self.respond(kind, resource, selectors)

    def respond(self, kind, resource, selectors):
        """Answers on a connection of its own, because the first one still carries the response."""
        body = ET.Element(f"{{{INTERACTIVE}}}InteractiveResponse")
        ET.SubElement(body, f"{{{INTERACTIVE}}}EventType").text = kind
        ET.SubElement(body, f"{{{INTERACTIVE}}}Response").text = self.wishes.get("answer", "no")
        with self.library.post(RESPOND, resource, selectors, body, [], self.operation) as response:
            response.raise_for_status()


def field(element):
    """A part of an event: the value of a streamed parameter, an error, or text."""
    if local(element.tag) == "Value":
        return properties(element)
    return value(element[0]) if len(element) else element.text or ""


def envelopes(response):
    """The messages of a response, each as soon as it is whole."""
    waiting = b""
    for chunk in response.raw.stream():
        waiting += chunk
        while waiting:
            end = waiting.find(b"Envelope>", waiting.find(b"Envelope") + len(b"Envelope"))
            if end < 0:
                break
            end += len(b"Envelope>")
            yield waiting[:end].decode()
            waiting = waiting[end:]
