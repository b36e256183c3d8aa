"""The client libraries, each behind the same few functions.

`send` is the library's own way to send a request and to read its answer. `post` gives the response as it comes, for
answers that have several messages (see listening.py): the library writes the request and holds the connections.
"""

import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

from wsman import SOAP, WINDOWS, WSMAN

READ_TIMEOUT = 30
OPERATION_TIMEOUT = 20


class Fault(Exception):
    """The server answered with a SOAP fault: subcode and reason."""


class Unauthorized(Exception):
    """The server does not accept user and password."""


class NoAnswer(Exception):
    """The response has no SOAP message."""


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
        self.timeout = OPERATION_TIMEOUT

    def set_timeout(self, seconds):
        self.timeout = seconds

    def sets(self, selectors, options):
        from pypsrp.wsman import OptionSet, SelectorSet

        selector_set = SelectorSet()
        for name, value in selectors.items():
            selector_set.add_option(name, value)
        option_set = OptionSet()
        for name, kind, value in options:
            option_set.add_option(name, value, {"Type": kind})
        return option_set if options else None, selector_set if selectors else None

    def send(self, action, resource, selectors, body, options=()):
        from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError

        try:
            envelope = self.wsman.invoke(action, resource, body, *self.sets(selectors, options), timeout=self.timeout)
        except WSManFaultError as error:
            raise Fault(str(error.code), error.reason)
        except AuthenticationError as error:
            raise Unauthorized(str(error))
        except WinRMTransportError as error:
            raise NoAnswer(str(error))
        return envelope.find(f"{{{SOAP}}}Body")

    def post(self, action, resource, selectors, body, options, operation, patience=READ_TIMEOUT):
        _, header = self.wsman._create_header(action, resource, *self.sets(selectors, options))
        transport = self.wsman.transport
        if transport.session is None:
            transport.session = transport._build_session()
        return post(transport.session, transport.endpoint, header, body, operation, patience)

    def fault(self, text):
        error = self.wsman._parse_wsman_fault(text)
        return Fault(str(error.code), error.reason)


class Pywinrm:
    """pywinrm writes the header; it knows no selectors but that of a shell, and no options."""

    def __init__(self, url, user, password):
        from winrm.protocol import Protocol

        self.protocol = Protocol(
            url,
            transport="basic",
            username=user,
            password=password,
            server_cert_validation="ignore",
            read_timeout_sec=READ_TIMEOUT,
            operation_timeout_sec=OPERATION_TIMEOUT,
            proxy=None,
        )

    def set_timeout(self, seconds):
        self.protocol.operation_timeout_sec = seconds

    def header(self, action, resource, selectors, options):
        import xmltodict

        header = self.protocol.build_wsman_header(action, resource)
        header = ET.fromstring(xmltodict.unparse({"env:Envelope": header})).find(f"{{{SOAP}}}Header")
        selector_set = ET.SubElement(header, f"{{{WSMAN}}}SelectorSet")
        for name, value in selectors.items():
            ET.SubElement(selector_set, f"{{{WSMAN}}}Selector", Name=name).text = value
        if options:
            option_set = ET.SubElement(header, f"{{{WSMAN}}}OptionSet")
            for name, kind, value in options:
                ET.SubElement(option_set, f"{{{WSMAN}}}Option", Name=name, Type=kind).text = value
        return header

    def send(self, action, resource, selectors, body, options=()):
        from winrm.exceptions import InvalidCredentialsError, WinRMOperationTimeoutError, WSManFaultError

        message = envelope(self.header(action, resource, selectors, options), body)
        try:
            answer = self.protocol.send_message(message)
        except WSManFaultError as error:
            raise Fault(error.fault_subcode, error.reason)
        except InvalidCredentialsError as error:
            raise Unauthorized(str(error))
        except WinRMOperationTimeoutError:
            # What pywinrm makes of the fault by its code.
            raise Fault("TimedOut", "")
        return ET.fromstring(answer).find(f"{{{SOAP}}}Body") if answer else None

    def post(self, action, resource, selectors, body, options, operation, patience=READ_TIMEOUT):
        transport = self.protocol.transport
        if not transport.session:
            transport.build_session()
        header = self.header(action, resource, selectors, options)
        return post(transport.session, transport.endpoint, header, body, operation, patience)

    def fault(self, text):
        fault = ET.fromstring(text)
        subcode = fault.find(f".//{{{SOAP}}}Subcode/{{{SOAP}}}Value")
        return Fault(subcode.text if subcode is not None else "", fault.findtext(f".//{{{SOAP}}}Reason/{{{SOAP}}}Text"))


def envelope(header, body):
    whole = ET.Element(f"{{{SOAP}}}Envelope")
    whole.append(header)
    whole_body = ET.SubElement(whole, f"{{{SOAP}}}Body")
    if body is not None:
        whole_body.append(body)
    return ET.tostring(whole, encoding="utf-8")


def post(session, endpoint, header, body, operation, patience):
    """Sends a message of the operation with this id by the library's connections. Gives the response while it comes."""
    ET.SubElement(header, f"{{{WINDOWS}}}OperationID", {f"{{{SOAP}}}mustUnderstand": "false"}).text = operation
    headers = {"Content-Type": "application/soap+xml;charset=UTF-8"}
    return session.post(endpoint, data=envelope(header, body), headers=headers, stream=True, timeout=patience)
