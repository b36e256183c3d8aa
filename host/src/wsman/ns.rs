//! The URIs of the specifications: XML namespaces, actions, dialects.

/// SOAP 1.2.
pub const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
/// WS-Addressing, the draft of August 2004 that DSP0226 uses.
pub const ADDRESSING: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
/// WS-Management (DSP0226).
pub const WSMAN: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
/// WS-Enumeration.
pub const ENUMERATION: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
/// WS-Transfer.
pub const TRANSFER: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
/// WS-Eventing.
pub const EVENTING: &str = "http://schemas.xmlsoap.org/ws/2004/08/eventing";
/// The CIM binding (DSP0227).
pub const CIM_BINDING: &str = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd";
/// The extensions of Windows (MS-WSMV).
pub const WINDOWS: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
/// The fault detail of Windows (MS-WSMV section 2.2.4.43).
pub const WINDOWS_FAULT: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
/// The common types of WS-CIM (DSP0230).
pub const CIM: &str = "http://schemas.dmtf.org/wbem/wscim/1/common";
/// Identify (DSP0226 section 11).
pub const IDENTITY: &str = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";
/// XML Schema instances.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The `xml:` prefix.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// What a class name follows in its resource URI, which is the class's XML namespace too (DSP0230 section 7).
pub const CLASS_PREFIX: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
/// All classes, for queries.
pub const ALL_CLASSES: &str = "http://schemas.dmtf.org/wbem/wscim/1/*";
/// Class declarations as CIM-XML.
pub const CLASS_SCHEMA: &str = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*";
/// Class declarations as XML schemas (DSP0230), which this service does not write.
pub const XML_SCHEMA: &str = "http://schemas.dmtf.org/wbem/ws-cim/1/cim-schema/2/*";
/// The address that means: whoever sent this.
pub const ANONYMOUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
/// The delivery mode in which clients pull their events (DSP0226 section 10.2.9.5).
pub const PULL_DELIVERY: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Pull";
/// What the name of a fault detail follows (DSP0226 section 14).
pub const FAULT_DETAIL: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/";

/// The actions of the operations.
pub mod action {
    /// Get an instance or a class.
    pub const GET: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get";
    /// Modify an instance.
    pub const PUT: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put";
    /// Create an instance.
    pub const CREATE: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create";
    /// Delete an instance.
    pub const DELETE: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete";
    /// Start an enumeration.
    pub const ENUMERATE: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate";
    /// Continue an enumeration.
    pub const PULL: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Pull";
    /// Give an enumeration up.
    pub const RELEASE: &str = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Release";
    /// Subscribe to indications.
    pub const SUBSCRIBE: &str = "http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe";
    /// Let a subscription last longer.
    pub const RENEW: &str = "http://schemas.xmlsoap.org/ws/2004/08/eventing/Renew";
    /// Ask how long a subscription still lasts.
    pub const GET_STATUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/eventing/GetStatus";
    /// End a subscription.
    pub const UNSUBSCRIBE: &str = "http://schemas.xmlsoap.org/ws/2004/08/eventing/Unsubscribe";
    /// The end of an operation of a Windows client (MS-WSMV section 3.1.4.19).
    pub const END: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsman/End";
    /// Cancel an operation of a Windows client (MS-WSMV section 3.1.4.20).
    pub const CANCEL: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsman/Cancel";
}

/// The filter dialects.
pub mod dialect {
    /// WQL.
    pub const WQL: &str = "http://schemas.microsoft.com/wbem/wsman/1/WQL";
    /// CQL, of which the part that WQL shares is understood.
    pub const CQL: &str = "http://schemas.dmtf.org/wbem/cql/1/dsp0202.pdf";
    /// Property values in a selector set.
    pub const SELECTOR: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter";
    /// Associations (DSP0227 section 8.2).
    pub const ASSOCIATION: &str = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter";
}
