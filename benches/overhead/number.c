/* Sample_Number of examples/number.rs once more, as a C programmer would write it with what OMI's omigen makes of its MOF:
   scalars are stored in place, strings are handed over to be copied. */

#include "mi_abi.h"
#include <math.h>
#include <stdio.h>

enum { BOOLEAN = 0, UINT32 = 5, UINT64 = 7, REAL64 = 10, STRING = 13, STRING_ARRAY = 29 };
enum { CLASS = 1, PROPERTY = 4, KEY = 1 << 12 };
enum { LAST = 20000 };

typedef struct { Boolean value, exists; uint8_t flags; } BooleanField;
typedef struct { uint32_t value; Boolean exists; uint8_t flags; } Uint32Field;
typedef struct { uint64_t value; Boolean exists; uint8_t flags; } Uint64Field;
typedef struct { double value; Boolean exists; uint8_t flags; } Real64Field;
typedef struct { const char *value; Boolean exists; uint8_t flags; } StringField;
typedef struct { const char **data; uint32_t size; } StringA;
typedef struct { StringA value; Boolean exists; uint8_t flags; } StringAField;

typedef struct {
    Instance instance;
    Uint32Field Number;
    StringField Text;
    Uint64Field Square;
    Real64Field Root;
    BooleanField IsEven;
    StringAField Neighbours;
} Number;

#define PROPERTY_OF(NAME, CODE, TYPE, FLAGS)                                                                           \
    {.flags = PROPERTY | (FLAGS), .code = (CODE), .name = #NAME, .type = (TYPE), .offset = offsetof(Number, NAME),      \
     .origin = "Sample_Number", .propagator = "Sample_Number"}

static const PropertyDecl number_decl = PROPERTY_OF(Number, 0x006E7206, UINT32, KEY);
static const PropertyDecl text_decl = PROPERTY_OF(Text, 0x00747404, STRING, 0);
static const PropertyDecl square_decl = PROPERTY_OF(Square, 0x00736506, UINT64, 0);
static const PropertyDecl root_decl = PROPERTY_OF(Root, 0x00727404, REAL64, 0);
static const PropertyDecl is_even_decl = PROPERTY_OF(IsEven, 0x00696E06, BOOLEAN, 0);
static const PropertyDecl neighbours_decl = PROPERTY_OF(Neighbours, 0x006E730A, STRING_ARRAY, 0);

static const PropertyDecl *const properties[] = {
    &number_decl, &text_decl, &square_decl, &root_decl, &is_even_decl, &neighbours_decl};

static const ProviderFT provider;
static const SchemaDecl schema;

static const ClassDecl class_decl = {
    .flags = CLASS, .code = 0x0073720D, .name = "Sample_Number", .properties = properties, .numProperties = 6,
    .size = sizeof(Number), .schema = &schema, .providerFT = &provider};

static const ClassDecl *const classes[] = {&class_decl};
static const SchemaDecl schema = {.classDecls = classes, .numClassDecls = 1};

static Result post(Context *context, const char *nameSpace, uint32_t number)
{
    Number instance;
    Value value;
    char text[16], before[16], after[16];
    const char *neighbours[] = {before, after};
    Result result = context->ft->ConstructInstance(context, &class_decl, &instance.instance);
    if (result != 0)
        return result;

    instance.Number = (Uint32Field){.value = number, .exists = 1};
    snprintf(text, sizeof text, "%u", number);
    value.string = text;
    instance.instance.ft->SetElementAt(&instance.instance, 1, &value, STRING, 0);
    instance.Square = (Uint64Field){.value = (uint64_t)number * number, .exists = 1};
    instance.Root = (Real64Field){.value = sqrt(number), .exists = 1};
    instance.IsEven = (BooleanField){.value = number % 2 == 0, .exists = 1};
    snprintf(before, sizeof before, "%u", number - 1);
    snprintf(after, sizeof after, "%u", number + 1);
    value.array.data = neighbours;
    value.array.size = 2;
    instance.instance.ft->SetElementAt(&instance.instance, 5, &value, STRING_ARRAY, 0);

    /* Without it the client gets instances without a namespace, and references that lead nowhere. */
    instance.instance.ft->SetNameSpace(&instance.instance, nameSpace);
    result = context->ft->PostInstance(context, &instance.instance);
    instance.instance.ft->Destruct(&instance.instance);
    return result;
}

static void enumerate(
    void *self, Context *context, const char *nameSpace, const char *className, const void *propertySet,
    Boolean keysOnly, const void *filter)
{
    Result result = 0;
    for (uint32_t number = 1; number <= LAST && result == 0; number++)
        result = post(context, nameSpace, number);
    context->ft->PostResult(context, result);
    (void)self, (void)className, (void)propertySet, (void)keysOnly, (void)filter;
}

static const ProviderFT provider = {.EnumerateInstances = enumerate};

__attribute__((visibility("default"))) Module *MI_Main(void *server)
{
    static Module module = {.version = 0x00010000, .charSize = 1, .schemaDecl = &schema};
    (void)server;
    return &module;
}
