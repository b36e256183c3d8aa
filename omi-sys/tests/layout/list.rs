//! The types and constants of the crate as lists that the tests walk through.
//!
//! A name in brackets is the spelling of windows-sys where it differs; `(-)` marks what Windows does not have. The tests
//! in `complete.rs` compare the lists with the crate's sources.

/// Calls `$check!` with each struct or union and its fields.
macro_rules! each_struct {
    ($check:ident) => {
        $check! { MI_Application { reserved1, reserved2, ft } }
        $check! { MI_ApplicationFT {
            Close, NewSession, NewHostedProvider, NewInstance, NewDestinationOptions, NewOperationOptions,
            NewSubscriptionDeliveryOptions, NewSerializer, NewDeserializer, NewInstanceFromClass, NewClass
        } }
        $check! { MI_Array { data, size } }
        $check! { MI_ArrayField { value, exists, flags } }
        $check! { MI_BooleanA { data, size } }
        $check! { MI_BooleanAField { value, exists, flags } }
        $check! { MI_BooleanField { value, exists, flags } }
        $check! { MI_Char16A { data, size } }
        $check! { MI_Char16AField { value, exists, flags } }
        $check! { MI_Char16Field { value, exists, flags } }
        $check! { MI_Class { ft, classDecl, namespaceName, serverName, reserved } }
        $check! { MI_ClassDecl {
            flags, code, name, qualifiers, numQualifiers, properties, numProperties, size, superClass,
            superClassDecl, methods, numMethods, schema, providerFT, owningClass
        } }
        $check! { MI_ClassFT {
            GetClassName (GetClassNameA), GetNameSpace, GetServerName, GetElementCount, GetElement, GetElementAt,
            GetClassQualifierSet, GetMethodCount, GetMethodAt, GetMethod, GetParentClassName, GetParentClass, Delete,
            Clone
        } }
        $check! { MI_ClientFT_V1 {
            applicationFT, sessionFT, operationFT, hostedProviderFT, serializerFT, deserializerFT,
            subscribeDeliveryOptionsFT, destinationOptionsFT, operationOptionsFT, utilitiesFT
        } }
        $check! { MI_ConstBooleanA { data, size } }
        $check! { MI_ConstBooleanAField { value, exists, flags } }
        $check! { MI_ConstBooleanField { value, exists, flags } }
        $check! { MI_ConstChar16A { data, size } }
        $check! { MI_ConstChar16AField { value, exists, flags } }
        $check! { MI_ConstChar16Field { value, exists, flags } }
        $check! { MI_ConstDatetimeA { data, size } }
        $check! { MI_ConstDatetimeAField { value, exists, flags } }
        $check! { MI_ConstDatetimeField { value, exists, flags } }
        $check! { MI_ConstInstanceA { data, size } }
        $check! { MI_ConstInstanceAField { value, exists, flags } }
        $check! { MI_ConstInstanceField { value, exists, flags } }
        $check! { MI_ConstReal32A { data, size } }
        $check! { MI_ConstReal32AField { value, exists, flags } }
        $check! { MI_ConstReal32Field { value, exists, flags } }
        $check! { MI_ConstReal64A { data, size } }
        $check! { MI_ConstReal64AField { value, exists, flags } }
        $check! { MI_ConstReal64Field { value, exists, flags } }
        $check! { MI_ConstReferenceA { data, size } }
        $check! { MI_ConstReferenceAField { value, exists, flags } }
        $check! { MI_ConstReferenceField { value, exists, flags } }
        $check! { MI_ConstSint16A { data, size } }
        $check! { MI_ConstSint16AField { value, exists, flags } }
        $check! { MI_ConstSint16Field { value, exists, flags } }
        $check! { MI_ConstSint32A { data, size } }
        $check! { MI_ConstSint32AField { value, exists, flags } }
        $check! { MI_ConstSint32Field { value, exists, flags } }
        $check! { MI_ConstSint64A { data, size } }
        $check! { MI_ConstSint64AField { value, exists, flags } }
        $check! { MI_ConstSint64Field { value, exists, flags } }
        $check! { MI_ConstSint8A { data, size } }
        $check! { MI_ConstSint8AField { value, exists, flags } }
        $check! { MI_ConstSint8Field { value, exists, flags } }
        $check! { MI_ConstStringA { data, size } }
        $check! { MI_ConstStringAField { value, exists, flags } }
        $check! { MI_ConstStringField { value, exists, flags } }
        $check! { MI_ConstUint16A { data, size } }
        $check! { MI_ConstUint16AField { value, exists, flags } }
        $check! { MI_ConstUint16Field { value, exists, flags } }
        $check! { MI_ConstUint32A { data, size } }
        $check! { MI_ConstUint32AField { value, exists, flags } }
        $check! { MI_ConstUint32Field { value, exists, flags } }
        $check! { MI_ConstUint64A { data, size } }
        $check! { MI_ConstUint64AField { value, exists, flags } }
        $check! { MI_ConstUint64Field { value, exists, flags } }
        $check! { MI_ConstUint8A { data, size } }
        $check! { MI_ConstUint8AField { value, exists, flags } }
        $check! { MI_ConstUint8Field { value, exists, flags } }
        $check! { MI_Context { ft, reserved } }
        $check! { MI_ContextFT {
            PostResult, PostInstance, PostIndication, ConstructInstance, ConstructParameters, NewInstance,
            NewDynamicInstance, NewParameters, Canceled, GetLocale, RegisterCancel, RequestUnload, RefuseUnload,
            GetLocalSession, SetStringOption, GetStringOption, GetNumberOption, GetCustomOption,
            GetCustomOptionCount, GetCustomOptionAt, WriteMessage, WriteProgress, WriteStreamParameter,
            WriteCimError, PromptUser, ShouldProcess, ShouldContinue, PostError, PostCimError, WriteError,
            GetLifecycleIndicationContext (-)
        } }
        $check! { MI_CredentialsUnion (MI_UserCredentials_0) { usernamePassword, certificateThumbprint } }
        $check! { MI_Datetime { isTimestamp, u } }
        $check! { MI_DatetimeA { data, size } }
        $check! { MI_DatetimeAField { value, exists, flags } }
        $check! { MI_DatetimeField { value, exists, flags } }
        $check! { MI_DatetimeUnion (MI_Datetime_0) { timestamp, interval } }
        $check! { MI_Deserializer { reserved1, reserved2 } }
        $check! { MI_DeserializerFT {
            Close, DeserializeClass, Class_GetClassName, Class_GetParentClassName, DeserializeInstance,
            Instance_GetClassName
        } }
        $check! { MI_DestinationOptions { reserved1, reserved2, ft } }
        $check! { MI_DestinationOptionsFT {
            Delete, SetString, SetNumber, AddCredentials, GetString, GetNumber, GetOptionCount, GetOptionAt,
            GetOption, GetCredentialsCount, GetCredentialsAt, GetCredentialsPasswordAt, Clone, SetInterval,
            GetInterval
        } }
        $check! { MI_FeatureDecl { flags, code, name, qualifiers, numQualifiers } }
        $check! { MI_Filter { ft, reserved } }
        $check! { MI_FilterFT { Evaluate, GetExpression } }
        $check! { MI_HostedProvider { reserved1, reserved2, ft } }
        $check! { MI_HostedProviderFT { Close, GetApplication } }
        $check! { MI_Instance { ft, classDecl, serverName, nameSpace, reserved } }
        $check! { MI_InstanceA { data, size } }
        $check! { MI_InstanceAField { value, exists, flags } }
        $check! { MI_InstanceFT {
            Clone, Destruct, Delete, IsA, GetClassName (GetClassNameA), SetNameSpace, GetNameSpace, GetElementCount,
            AddElement, SetElement, SetElementAt, GetElement, GetElementAt, ClearElement, ClearElementAt,
            GetServerName, SetServerName, GetClass
        } }
        $check! { MI_InstanceField { value, exists, flags } }
        $check! { MI_Interval { days, hours, minutes, seconds, microseconds, __padding1, __padding2, __padding3 } }
        $check! { MI_LifecycleIndicationContext (-) { ft, reserved } }
        $check! { MI_LifecycleIndicationContextFT (-) {
            PostCreate, PostModify, PostDelete, PostRead, PostMethodCall, PostResult, ConstructInstance,
            ConstructParameters, NewInstance, NewDynamicInstance, NewParameters, SetSupportedTypes, GetTypes,
            RegisterCallback
        } }
        $check! { MI_MethodDecl {
            flags, code, name, qualifiers, numQualifiers, parameters, numParameters, size, returnType, origin,
            propagator, schema, function
        } }
        $check! { MI_Module {
            version, generatorVersion, flags, charSize, schemaDecl, Load, Unload, dynamicProviderFT
        } }
        $check! { MI_ObjectDecl { flags, code, name, qualifiers, numQualifiers, properties, numProperties, size } }
        $check! { MI_Operation { reserved1, reserved2, ft } }
        $check! { MI_OperationCallbacks {
            callbackContext, promptUser, writeError, writeMessage, writeProgress, instanceResult, indicationResult,
            classResult, streamedParameterResult
        } }
        $check! { MI_OperationFT { Close, Cancel, GetSession, GetInstance, GetIndication, GetClass } }
        $check! { MI_OperationOptions { reserved1, reserved2, ft } }
        $check! { MI_OperationOptionsFT {
            Delete, SetString, SetNumber, SetCustomOption, GetString, GetNumber, GetOptionCount, GetOptionAt,
            GetOption, GetEnabledChannels, Clone, SetInterval, GetInterval
        } }
        $check! { MI_ParameterDecl {
            flags, code, name, qualifiers, numQualifiers, type_ (r#type), className, subscript, offset
        } }
        $check! { MI_ParameterSet { reserved1, reserved2, ft } }
        $check! { MI_ParameterSetFT { GetMethodReturnType, GetParameterCount, GetParameterAt, GetParameter } }
        $check! { MI_PropertyDecl {
            flags, code, name, qualifiers, numQualifiers, type_ (r#type), className, subscript, offset, origin,
            propagator, value
        } }
        $check! { MI_PropertySet { ft, reserved } }
        $check! { MI_PropertySetFT {
            GetElementCount, ContainsElement, AddElement, GetElementAt, Clear, Destruct, Delete, Clone
        } }
        $check! { MI_ProviderFT {
            Load, Unload, GetInstance, EnumerateInstances, CreateInstance, ModifyInstance, DeleteInstance,
            AssociatorInstances, ReferenceInstances, EnableIndications, DisableIndications, Subscribe, Unsubscribe,
            Invoke
        } }
        $check! { MI_Qualifier { name, type_ (r#type), flavor, value } }
        $check! { MI_QualifierDecl { name, type_ (r#type), scope, flavor, subscript, value } }
        $check! { MI_QualifierSet { reserved1, reserved2, ft } }
        $check! { MI_QualifierSetFT { GetQualifierCount, GetQualifierAt, GetQualifier } }
        $check! { MI_Real32A { data, size } }
        $check! { MI_Real32AField { value, exists, flags } }
        $check! { MI_Real32Field { value, exists, flags } }
        $check! { MI_Real64A { data, size } }
        $check! { MI_Real64AField { value, exists, flags } }
        $check! { MI_Real64Field { value, exists, flags } }
        $check! { MI_ReferenceA { data, size } }
        $check! { MI_ReferenceAField { value, exists, flags } }
        $check! { MI_ReferenceField { value, exists, flags } }
        $check! { MI_SchemaDecl { qualifierDecls, numQualifierDecls, classDecls, numClassDecls } }
        $check! { MI_Serializer { reserved1, reserved2 } }
        $check! { MI_SerializerFT { Close, SerializeClass, SerializeInstance } }
        $check! { MI_Server { serverFT, contextFT, instanceFT, propertySetFT, filterFT } }
        $check! { MI_ServerFT { GetVersion, GetSystemName } }
        $check! { MI_Session { reserved1, reserved2, ft } }
        $check! { MI_SessionCallbacks { callbackContext, writeMessage, writeError } }
        $check! { MI_SessionFT {
            Close, GetApplication, GetInstance, ModifyInstance, CreateInstance, DeleteInstance, Invoke,
            EnumerateInstances, QueryInstances, AssociatorInstances, ReferenceInstances, Subscribe, GetClass,
            EnumerateClasses, TestConnection
        } }
        $check! { MI_Sint16A { data, size } }
        $check! { MI_Sint16AField { value, exists, flags } }
        $check! { MI_Sint16Field { value, exists, flags } }
        $check! { MI_Sint32A { data, size } }
        $check! { MI_Sint32AField { value, exists, flags } }
        $check! { MI_Sint32Field { value, exists, flags } }
        $check! { MI_Sint64A { data, size } }
        $check! { MI_Sint64AField { value, exists, flags } }
        $check! { MI_Sint64Field { value, exists, flags } }
        $check! { MI_Sint8A { data, size } }
        $check! { MI_Sint8AField { value, exists, flags } }
        $check! { MI_Sint8Field { value, exists, flags } }
        $check! { MI_StringA { data, size } }
        $check! { MI_StringAField { value, exists, flags } }
        $check! { MI_StringField { value, exists, flags } }
        $check! { MI_SubscriptionDeliveryOptions { reserved1, reserved2, ft } }
        $check! { MI_SubscriptionDeliveryOptionsFT {
            SetString, SetNumber, SetDateTime, SetInterval, AddCredentials, Delete, GetString, GetNumber,
            GetDateTime, GetInterval, GetOptionCount, GetOptionAt, GetOption, GetCredentialsCount, GetCredentialsAt,
            GetCredentialsPasswordAt, Clone
        } }
        $check! { MI_Timestamp { year, month, day, hour, minute, second, microseconds, utc } }
        $check! { MI_Uint16A { data, size } }
        $check! { MI_Uint16AField { value, exists, flags } }
        $check! { MI_Uint16Field { value, exists, flags } }
        $check! { MI_Uint32A { data, size } }
        $check! { MI_Uint32AField { value, exists, flags } }
        $check! { MI_Uint32Field { value, exists, flags } }
        $check! { MI_Uint64A { data, size } }
        $check! { MI_Uint64AField { value, exists, flags } }
        $check! { MI_Uint64Field { value, exists, flags } }
        $check! { MI_Uint8A { data, size } }
        $check! { MI_Uint8AField { value, exists, flags } }
        $check! { MI_Uint8Field { value, exists, flags } }
        $check! { MI_UserCredentials { authenticationType, credentials } }
        $check! { MI_UsernamePasswordCreds { domain, username, password } }
        $check! { MI_UtilitiesFT { MapErrorToMiErrorCategory, CimErrorFromErrorCode } }
        $check! { MI_Value {
            boolean, uint8, sint8, uint16, sint16, uint32, sint32, uint64, sint64, real32, real64, char16, datetime,
            string, instance, reference, booleana, uint8a, sint8a, uint16a, sint16a, uint32a, sint32a, uint64a,
            sint64a, real32a, real64a, char16a, datetimea, stringa, referencea, instancea, array
        } }
    };
}

/// Calls `$check!` with the constants of each C enum.
macro_rules! each_code {
    ($check:ident) => {
        $check! { MI_CallbackMode:
            MI_CALLBACKMODE_REPORT, MI_CALLBACKMODE_INQUIRE, MI_CALLBACKMODE_IGNORE
        }
        $check! { MI_CancellationReason:
            MI_REASON_NONE, MI_REASON_TIMEOUT, MI_REASON_SHUTDOWN, MI_REASON_SERVICESTOP
        }
        $check! { MI_DestinationOptions_ImpersonationType:
            MI_DestinationOptions_ImpersonationType_Default, MI_DestinationOptions_ImpersonationType_None,
            MI_DestinationOptions_ImpersonationType_Identify, MI_DestinationOptions_ImpersonationType_Impersonate,
            MI_DestinationOptions_ImpersonationType_Delegate
        }
        $check! { MI_ErrorCategory:
            MI_ERRORCATEGORY_NOT_SPECIFIED, MI_ERRORCATEGORY_OPEN_ERROR, MI_ERRORCATEGORY_CLOS_EERROR,
            MI_ERRORCATEGORY_DEVICE_ERROR, MI_ERRORCATEGORY_DEADLOCK_DETECTED, MI_ERRORCATEGORY_INVALID_ARGUMENT,
            MI_ERRORCATEGORY_INVALID_DATA, MI_ERRORCATEGORY_INVALID_OPERATION, MI_ERRORCATEGORY_INVALID_RESULT,
            MI_ERRORCATEGORY_INVALID_TYPE, MI_ERRORCATEGORY_METADATA_ERROR, MI_ERRORCATEGORY_NOT_IMPLEMENTED,
            MI_ERRORCATEGORY_NOT_INSTALLED, MI_ERRORCATEGORY_OBJECT_NOT_FOUND, MI_ERRORCATEGORY_OPERATION_STOPPED,
            MI_ERRORCATEGORY_OPERATION_TIMEOUT, MI_ERRORCATEGORY_SYNTAX_ERROR, MI_ERRORCATEGORY_PARSER_ERROR,
            MI_ERRORCATEGORY_ACCESS_DENIED, MI_ERRORCATEGORY_RESOURCE_BUSY, MI_ERRORCATEGORY_RESOURCE_EXISTS,
            MI_ERRORCATEGORY_RESOURCE_UNAVAILABLE, MI_ERRORCATEGORY_READ_ERROR, MI_ERRORCATEGORY_WRITE_ERROR,
            MI_ERRORCATEGORY_FROM_STDERR, MI_ERRORCATEGORY_SECURITY_ERROR, MI_ERRORCATEGORY_PROTOCOL_ERROR,
            MI_ERRORCATEGORY_CONNECTION_ERROR, MI_ERRORCATEGORY_AUTHENTICATION_ERROR,
            MI_ERRORCATEGORY_LIMITS_EXCEEDED, MI_ERRORCATEGORY_QUOTA_EXCEEDED, MI_ERRORCATEGORY_NOT_ENABLED
        }
        $check! { MI_LocaleType:
            MI_LOCALE_TYPE_REQUESTED_UI, MI_LOCALE_TYPE_REQUESTED_DATA, MI_LOCALE_TYPE_CLOSEST_UI,
            MI_LOCALE_TYPE_CLOSEST_DATA
        }
        $check! { MI_OperationCallback_ResponseType:
            MI_OperationCallback_ResponseType_No, MI_OperationCallback_ResponseType_Yes,
            MI_OperationCallback_ResponseType_NoToAll, MI_OperationCallback_ResponseType_YesToAll
        }
        $check! { MI_PromptType:
            MI_PROMPTTYPE_NORMAL, MI_PROMPTTYPE_CRITICAL
        }
        $check! { MI_ProviderArchitecture:
            MI_PROVIDER_ARCHITECTURE_32BIT, MI_PROVIDER_ARCHITECTURE_64BIT
        }
        $check! { MI_Result:
            MI_RESULT_OK, MI_RESULT_FAILED, MI_RESULT_ACCESS_DENIED, MI_RESULT_INVALID_NAMESPACE,
            MI_RESULT_INVALID_PARAMETER, MI_RESULT_INVALID_CLASS, MI_RESULT_NOT_FOUND, MI_RESULT_NOT_SUPPORTED,
            MI_RESULT_CLASS_HAS_CHILDREN, MI_RESULT_CLASS_HAS_INSTANCES, MI_RESULT_INVALID_SUPERCLASS,
            MI_RESULT_ALREADY_EXISTS, MI_RESULT_NO_SUCH_PROPERTY, MI_RESULT_TYPE_MISMATCH,
            MI_RESULT_QUERY_LANGUAGE_NOT_SUPPORTED, MI_RESULT_INVALID_QUERY, MI_RESULT_METHOD_NOT_AVAILABLE,
            MI_RESULT_METHOD_NOT_FOUND, MI_RESULT_NAMESPACE_NOT_EMPTY, MI_RESULT_INVALID_ENUMERATION_CONTEXT,
            MI_RESULT_INVALID_OPERATION_TIMEOUT, MI_RESULT_PULL_HAS_BEEN_ABANDONED,
            MI_RESULT_PULL_CANNOT_BE_ABANDONED, MI_RESULT_FILTERED_ENUMERATION_NOT_SUPPORTED,
            MI_RESULT_CONTINUATION_ON_ERROR_NOT_SUPPORTED, MI_RESULT_SERVER_LIMITS_EXCEEDED,
            MI_RESULT_SERVER_IS_SHUTTING_DOWN
        }
        $check! { MI_SubscriptionDeliveryType:
            MI_SubscriptionDeliveryType_Pull, MI_SubscriptionDeliveryType_Push
        }
        $check! { MI_Type:
            MI_BOOLEAN, MI_UINT8, MI_SINT8, MI_UINT16, MI_SINT16, MI_UINT32, MI_SINT32, MI_UINT64, MI_SINT64,
            MI_REAL32, MI_REAL64, MI_CHAR16, MI_DATETIME, MI_STRING, MI_REFERENCE, MI_INSTANCE, MI_BOOLEANA,
            MI_UINT8A, MI_SINT8A, MI_UINT16A, MI_SINT16A, MI_UINT32A, MI_SINT32A, MI_UINT64A, MI_SINT64A, MI_REAL32A,
            MI_REAL64A, MI_CHAR16A, MI_DATETIMEA, MI_STRINGA, MI_REFERENCEA, MI_INSTANCEA, MI_ARRAY
        }
    };
}

/// Calls `$check!` with the numeric `#define`s: those that windows-sys has, and those of OMI alone.
macro_rules! each_define {
    ($check:ident) => {
        $check! { both:
            MI_FLAG_CLASS, MI_FLAG_METHOD, MI_FLAG_PROPERTY, MI_FLAG_PARAMETER, MI_FLAG_ASSOCIATION,
            MI_FLAG_INDICATION, MI_FLAG_REFERENCE, MI_FLAG_ANY, MI_FLAG_ENABLEOVERRIDE, MI_FLAG_DISABLEOVERRIDE,
            MI_FLAG_RESTRICTED, MI_FLAG_TOSUBCLASS, MI_FLAG_TRANSLATABLE, MI_FLAG_KEY, MI_FLAG_IN, MI_FLAG_OUT,
            MI_FLAG_REQUIRED, MI_FLAG_STATIC, MI_FLAG_ABSTRACT, MI_FLAG_TERMINAL, MI_FLAG_EXPENSIVE, MI_FLAG_STREAM,
            MI_FLAG_READONLY, MI_FLAG_VERSION, MI_FLAG_NOT_MODIFIED, MI_FLAG_NULL, MI_FLAG_BORROW, MI_FLAG_ADOPT,
            MI_MODULE_FLAG_STANDARD_QUALIFIERS, MI_MODULE_FLAG_DESCRIPTIONS, MI_MODULE_FLAG_VALUES,
            MI_MODULE_FLAG_MAPPING_STRINGS, MI_MODULE_FLAG_BOOLEANS, MI_MODULE_FLAG_CPLUSPLUS,
            MI_MODULE_FLAG_LOCALIZED, MI_MODULE_FLAG_FILTER_SUPPORT, MI_MAX_LOCALE_SIZE,
            MI_WRITEMESSAGE_CHANNEL_WARNING, MI_WRITEMESSAGE_CHANNEL_VERBOSE, MI_WRITEMESSAGE_CHANNEL_DEBUG,
            MI_OPERATIONFLAGS_MANUAL_ACK_RESULTS, MI_OPERATIONFLAGS_DEFAULT_RTTI, MI_OPERATIONFLAGS_NO_RTTI,
            MI_OPERATIONFLAGS_BASIC_RTTI, MI_OPERATIONFLAGS_STANDARD_RTTI, MI_OPERATIONFLAGS_FULL_RTTI,
            MI_OPERATIONFLAGS_LOCALIZED_QUALIFIERS, MI_OPERATIONFLAGS_EXPENSIVE_PROPERTIES,
            MI_OPERATIONFLAGS_POLYMORPHISM_SHALLOW, MI_OPERATIONFLAGS_POLYMORPHISM_DEEP_BASE_PROPS_ONLY,
            MI_OPERATIONFLAGS_REPORT_OPERATION_STARTED, MI_SERIALIZER_FLAGS_CLASS_DEEP,
            MI_SERIALIZER_FLAGS_INSTANCE_WITH_CLASS
        }
        $check! { omi:
            MI_TRUE, MI_FALSE, MI_VERSION_1_0_0, MI_FLAG_TOINSTANCE, MI_LIFECYCLE_INDICATION_NONE,
            MI_LIFECYCLE_INDICATION_CREATE, MI_LIFECYCLE_INDICATION_MODIFY, MI_LIFECYCLE_INDICATION_DELETE,
            MI_LIFECYCLE_INDICATION_READ, MI_LIFECYCLE_INDICATION_METHODCALL, MI_LIFECYCLE_INDICATION_ALL
        }
    };
}

pub(crate) use {each_code, each_define, each_struct};
