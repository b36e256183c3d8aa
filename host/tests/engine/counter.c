/* A small provider as OMI's generator and a C programmer would write it: static declarations, structs with fields,
   scalars stored in place, strings by SetElementAt. */

#include <MI.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    MI_Instance __instance;
    MI_ConstStringField Name;
    MI_ConstUint32Field Count;
} T_Counter;

typedef struct {
    MI_Instance __instance;
    MI_ConstUint32Field MIReturn;
    MI_ConstUint32Field Amount;
    MI_ConstUint32Field Sum;
} T_Counter_Add;

extern MI_SchemaDecl schemaDecl;

static MI_CONST MI_PropertyDecl name_decl = {
    MI_FLAG_PROPERTY | MI_FLAG_KEY, 0x006E6504, MI_T("Name"), NULL, 0, MI_STRING, NULL, 0,
    offsetof(T_Counter, Name), MI_T("T_Counter"), MI_T("T_Counter"), NULL};

static MI_CONST MI_PropertyDecl count_decl = {
    MI_FLAG_PROPERTY, 0x00637405, MI_T("Count"), NULL, 0, MI_UINT32, NULL, 0,
    offsetof(T_Counter, Count), MI_T("T_Counter"), MI_T("T_Counter"), NULL};

static MI_PropertyDecl MI_CONST *MI_CONST properties[] = {&name_decl, &count_decl};

static MI_CONST MI_ParameterDecl return_decl = {
    MI_FLAG_PARAMETER | MI_FLAG_OUT, 0x006D6E08, MI_T("MIReturn"), NULL, 0, MI_UINT32, NULL, 0,
    offsetof(T_Counter_Add, MIReturn)};

static MI_CONST MI_ParameterDecl amount_decl = {
    MI_FLAG_PARAMETER | MI_FLAG_IN, 0x00617406, MI_T("Amount"), NULL, 0, MI_UINT32, NULL, 0,
    offsetof(T_Counter_Add, Amount)};

static MI_CONST MI_ParameterDecl sum_decl = {
    MI_FLAG_PARAMETER | MI_FLAG_OUT, 0x00736D03, MI_T("Sum"), NULL, 0, MI_UINT32, NULL, 0,
    offsetof(T_Counter_Add, Sum)};

static MI_ParameterDecl MI_CONST *MI_CONST parameters[] = {&return_decl, &amount_decl, &sum_decl};

static void MI_CALL add(
    void *self, MI_Context *context, const MI_Char *nameSpace, const MI_Char *className, const MI_Char *methodName,
    const MI_Instance *instanceName, const MI_Instance *input);

static MI_CONST MI_MethodDecl add_decl = {
    MI_FLAG_METHOD, 0x00616403, MI_T("Add"), NULL, 0, parameters, 3, sizeof(T_Counter_Add), MI_UINT32,
    MI_T("T_Counter"), MI_T("T_Counter"), &schemaDecl, add};

static MI_MethodDecl MI_CONST *MI_CONST methods[] = {&add_decl};

static void MI_CALL enumerate(
    void *self, MI_Context *context, const MI_Char *nameSpace, const MI_Char *className,
    const MI_PropertySet *propertySet, MI_Boolean keysOnly, const MI_Filter *filter);

static MI_CONST MI_ProviderFT provider = {.EnumerateInstances = enumerate};

static MI_CONST MI_ClassDecl counter_decl = {
    MI_FLAG_CLASS, 0x00747209, MI_T("T_Counter"), NULL, 0, properties, 2, sizeof(T_Counter), NULL, NULL,
    methods, 1, &schemaDecl, &provider, NULL};

static MI_ClassDecl MI_CONST *MI_CONST classes[] = {&counter_decl};

MI_SchemaDecl schemaDecl = {NULL, 0, classes, 1};

static const char *const names[] = {"one", "two"};

static void MI_CALL enumerate(
    void *self, MI_Context *context, const MI_Char *nameSpace, const MI_Char *className,
    const MI_PropertySet *propertySet, MI_Boolean keysOnly, const MI_Filter *filter)
{
    for (MI_Uint32 i = 0; i < 2; i++) {
        T_Counter counter;
        MI_Value name;
        MI_Context_ConstructInstance(context, &counter_decl, &counter.__instance);
        name.string = (MI_Char *)names[i];
        MI_Instance_SetElementAt(&counter.__instance, 0, &name, MI_STRING, 0);
        counter.Count.value = i + 1;
        counter.Count.exists = MI_TRUE;
        MI_Context_PostInstance(context, &counter.__instance);
        MI_Instance_Destruct(&counter.__instance);
    }
    MI_Context_PostResult(context, MI_RESULT_OK);
}

static void MI_CALL add(
    void *self, MI_Context *context, const MI_Char *nameSpace, const MI_Char *className, const MI_Char *methodName,
    const MI_Instance *instanceName, const MI_Instance *input)
{
    const T_Counter *target = (const T_Counter *)instanceName;
    const T_Counter_Add *in = (const T_Counter_Add *)input;
    T_Counter_Add out;
    if (!target->Name.exists || !in->Amount.exists) {
        MI_Context_PostResult(context, MI_RESULT_INVALID_PARAMETER);
        return;
    }
    MI_Context_ConstructParameters(context, &add_decl, &out.__instance);
    out.MIReturn.value = 0;
    out.MIReturn.exists = MI_TRUE;
    out.Sum.value = in->Amount.value + (strcmp(target->Name.value, "two") == 0 ? 2 : 1);
    out.Sum.exists = MI_TRUE;
    MI_Context_PostInstance(context, &out.__instance);
    MI_Instance_Destruct(&out.__instance);
    MI_Context_PostResult(context, MI_RESULT_OK);
}

MI_EXPORT MI_Module *MI_MAIN_CALL MI_Main(MI_Server *server)
{
    static MI_Module module;
    module.version = MI_VERSION;
    module.charSize = sizeof(MI_Char);
    module.schemaDecl = &schemaDecl;
    return &module;
}
