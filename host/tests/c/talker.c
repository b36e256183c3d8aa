/* A provider that makes every call by which a provider speaks, asks and looks around:
   it returns how many of them did as expected. */

#include "mi_abi.h"
#include <string.h>

enum { STRING = 13, UINT32 = 5, CLASS = 1, METHOD = 2, PROPERTY = 4, PARAMETER = 8, KEY = 1 << 12, OUT = 1 << 14 };

/* Sizes and offsets, for comparison. */
const uint32_t abi_layout[] = {
    sizeof(Value), sizeof(PropertyDecl), sizeof(MethodDecl), sizeof(ClassDecl), sizeof(SchemaDecl), sizeof(Module),
    sizeof(Instance), sizeof(Context), sizeof(Session), sizeof(Operation), sizeof(ProviderFT), sizeof(InstanceFT),
    sizeof(ContextFT), sizeof(SessionFT), sizeof(OperationFT), offsetof(PropertyDecl, offset),
    offsetof(MethodDecl, function), offsetof(ClassDecl, providerFT), offsetof(Module, schemaDecl),
    offsetof(InstanceFT, AddElement), offsetof(InstanceFT, GetElement), offsetof(ContextFT, GetLocalSession),
    offsetof(ContextFT, WriteMessage), offsetof(ContextFT, PromptUser), offsetof(ContextFT, WriteError),
    offsetof(SessionFT, TestConnection), offsetof(OperationFT, GetInstance),
    offsetof(ProviderFT, EnumerateInstances), offsetof(Module, dynamicProviderFT)};

static void talk(
    void *self, Context *context, const char *nameSpace, const char *className, const char *methodName,
    const Instance *target, const Instance *input);

static const PropertyDecl id = {
    .flags = PROPERTY | KEY, .code = 0x00696402, .name = "Id", .type = STRING, .offset = sizeof(Instance)};
static const PropertyDecl *const properties[] = {&id};

static const PropertyDecl returns = {
    .flags = PARAMETER | OUT, .code = 0x006D6E08, .name = "MIReturn", .type = UINT32, .offset = sizeof(Instance)};
static const PropertyDecl *const parameters[] = {&returns};

static const MethodDecl talk_decl = {
    .flags = METHOD | 1 << 16, .code = 0x00746B04, .name = "Talk", .parameters = parameters, .numParameters = 1,
    .size = sizeof(Instance) + 8, .returnType = UINT32, .function = talk};
static const MethodDecl *const methods[] = {&talk_decl};

static const ProviderFT provider;
static const ClassDecl talker = {
    .flags = CLASS, .code = 0x00747208, .name = "T_Talker", .properties = properties, .numProperties = 1,
    .size = sizeof(Instance) + 16, .methods = methods, .numMethods = 1, .providerFT = &provider};
static const ClassDecl *const classes[] = {&talker};
static const SchemaDecl schema = {.classDecls = classes, .numClassDecls = 1};

static void cancelled(uint32_t reason, void *data)
{
    (void)reason;
    (void)data;
}

static int asks_the_host(Context *context)
{
    Session session;
    Operation operation;
    const Instance *instance, *details;
    const char *text;
    Boolean more = 1;
    Result result = 1;
    if (context->ft->GetLocalSession(context, &session) != 0)
        return 0;
    session.ft->TestConnection(&session, 0, NULL, &operation);
    Result got = operation.ft->GetInstance(&operation, &instance, &more, &result, &text, &details);
    return got == 0 && result == 0 && !more && instance == NULL && operation.ft->Close(&operation) == 0 &&
           operation.ft->Close(&operation) == 4 && session.ft->Close(&session, NULL, NULL) == 0;
}

static void talk(
    void *self, Context *context, const char *nameSpace, const char *className, const char *methodName,
    const Instance *target, const Instance *input)
{
    const ContextFT *ft = context->ft;
    uint32_t good = 0, number = 0, count = 0;
    Boolean flag = 1, yes = 0;
    char locale[128];
    const char *text = NULL;
    Instance *error, *answer;
    Value value = {.uint32 = 6};

    good += strcmp(methodName, "Talk") == 0 && target == NULL && strcmp(nameSpace, "root/test") == 0;
    good += ft->Canceled(context, &flag) == 0 && flag == 0;
    good += ft->GetLocale(context, 0, locale) == 0 && strcmp(locale, "de-DE") == 0;
    good += ft->RegisterCancel(context, cancelled, NULL) == 0;
    good += ft->RefuseUnload(context) == 0 && ft->RequestUnload(context) == 0;
    good += ft->GetStringOption(context, "Answer", &text) == 0 && strcmp(text, "42") == 0;
    good += ft->GetNumberOption(context, "Answer", &number) == 0 && number == 42;
    good += ft->GetCustomOptionCount(context, &count) == 0 && count == 2;
    good += ft->WriteMessage(context, 0, "careful") == 0;
    good += ft->WriteProgress(context, "work", "step", "well", 40, 5) == 0;
    good += ft->WriteError(context, 6, "MI", "not there", &yes) == 0 && yes;
    ft->NewDynamicInstance(context, "CIM_Error", 0, &error);
    error->ft->AddElement(error, "CIMStatusCode", &value, UINT32, 0);
    value.string = "as an instance";
    error->ft->AddElement(error, "Message", &value, STRING, 0);
    good += ft->WriteCimError(context, error, &yes) == 0 && yes;
    error->ft->Delete(error);
    good += ft->PromptUser(context, "really?", 1, &yes) == 0 && yes;
    good += ft->ShouldProcess(context, "disk", "format", &yes) == 0 && yes;
    good += ft->ShouldContinue(context, "go on?", &yes) == 0 && !yes;
    good += asks_the_host(context);

    ft->NewDynamicInstance(context, "Talk", METHOD, &answer);
    value.uint32 = good;
    answer->ft->AddElement(answer, "MIReturn", &value, UINT32, 0);
    ft->PostInstance(context, answer);
    answer->ft->Delete(answer);
    ft->PostResult(context, 0);
    (void)self, (void)className, (void)input;
}

__attribute__((visibility("default"))) Module *MI_Main(void *server)
{
    static Module module = {.version = 0x00010000, .charSize = 1, .schemaDecl = &schema};
    (void)server;
    return &module;
}
