/* Prints what a provider library declares, one fact a line: path, name of the fact and value, parted by tabs.
 *
 * dump LIBRARY
 *
 * It reads the structures of MI.h through the header of an installed OMI, so it shares no code with the crates that it
 * tests. */

#include <MI.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* The element that is being printed, such as `Demo_Disk.Size[Description]`. */
static char path[1024];

static void number(const char* fact, unsigned long long value)
{
    printf("%s\t%s\t%llu\n", path, fact, value);
}

static void quoted(const char* text)
{
    putchar('"');
    for (; *text; text++)
    {
        if (*text == '\n')
            fputs("\\n", stdout);
        else if (*text == '\t')
            fputs("\\t", stdout);
        else if (*text == '\r')
            fputs("\\r", stdout);
        else
            putchar(*text);
    }
    putchar('"');
}

static void text(const char* fact, const char* value)
{
    printf("%s\t%s\t", path, fact);
    if (value)
        quoted(value);
    else
        printf("NULL");
    putchar('\n');
}

static void datetime(const MI_Datetime* it)
{
    const MI_Timestamp* at = &it->u.timestamp;
    const MI_Interval* of = &it->u.interval;
    if (it->isTimestamp)
        printf("at %u-%u-%u %u:%u:%u.%u %d", at->year, at->month, at->day, at->hour, at->minute, at->second,
            at->microseconds, at->utc);
    else
        printf("for %u %u:%u:%u.%u", of->days, of->hours, of->minutes, of->seconds, of->microseconds);
}

/* One value, or one element of an array, and how many bytes it takes. */
static size_t scalar(MI_Type type, const void* value)
{
    switch (type & ~MI_ARRAY)
    {
        case MI_BOOLEAN: printf("%s", *(const MI_Boolean*)value ? "true" : "false"); return sizeof(MI_Boolean);
        case MI_UINT8: printf("%u", *(const MI_Uint8*)value); return sizeof(MI_Uint8);
        case MI_SINT8: printf("%d", *(const MI_Sint8*)value); return sizeof(MI_Sint8);
        case MI_UINT16: printf("%u", *(const MI_Uint16*)value); return sizeof(MI_Uint16);
        case MI_SINT16: printf("%d", *(const MI_Sint16*)value); return sizeof(MI_Sint16);
        case MI_UINT32: printf("%u", *(const MI_Uint32*)value); return sizeof(MI_Uint32);
        case MI_SINT32: printf("%d", *(const MI_Sint32*)value); return sizeof(MI_Sint32);
        case MI_UINT64: printf("%llu", *(const MI_Uint64*)value); return sizeof(MI_Uint64);
        case MI_SINT64: printf("%lld", *(const MI_Sint64*)value); return sizeof(MI_Sint64);
        case MI_REAL32: printf("%.9g", *(const MI_Real32*)value); return sizeof(MI_Real32);
        case MI_REAL64: printf("%.17g", *(const MI_Real64*)value); return sizeof(MI_Real64);
        case MI_CHAR16: printf("char %u", *(const MI_Char16*)value); return sizeof(MI_Char16);
        case MI_DATETIME: datetime((const MI_Datetime*)value); return sizeof(MI_Datetime);
        case MI_STRING: quoted(*(MI_Char* const*)value); return sizeof(MI_Char*);
        default: printf("?"); return 0;
    }
}

static void constant(MI_Uint32 type, const void* value)
{
    printf("%s\tvalue\t", path);
    if (!value)
        printf("NULL");
    else if (!(type & MI_ARRAY))
        scalar((MI_Type)type, value);
    else
    {
        const MI_Array* array = (const MI_Array*)value;
        const char* element = (const char*)array->data;
        printf("{");
        for (MI_Uint32 i = 0; i < array->size; i++)
        {
            printf(i ? ", " : " ");
            element += scalar((MI_Type)type, element);
        }
        printf(" }");
    }
    putchar('\n');
}

static void qualifiers(const MI_Qualifier* const* all, MI_Uint32 count)
{
    size_t length = strlen(path);
    number("numQualifiers", count);
    for (MI_Uint32 i = 0; i < count; i++)
    {
        snprintf(path + length, sizeof(path) - length, "[%s]", all[i]->name);
        number("type", all[i]->type);
        number("flavor", all[i]->flavor);
        constant(all[i]->type, all[i]->value);
    }
    path[length] = 0;
}

static void parameters(const MI_ParameterDecl* const* all, MI_Uint32 count)
{
    size_t length = strlen(path);
    number("numParameters", count);
    for (MI_Uint32 i = 0; i < count; i++)
    {
        const MI_ParameterDecl* it = all[i];
        snprintf(path + length, sizeof(path) - length, "(%s)", it->name);
        number("place", i);
        number("flags", it->flags);
        number("code", it->code);
        number("type", it->type);
        text("className", it->className);
        number("subscript", it->subscript);
        number("offset", it->offset);
        qualifiers(it->qualifiers, it->numQualifiers);
    }
    path[length] = 0;
}

static void class(const MI_ClassDecl* it)
{
    size_t length = snprintf(path, sizeof(path), "%s", it->name);
    number("flags", it->flags);
    number("code", it->code);
    number("size", it->size);
    text("superClass", it->superClass);
    text("superClassDecl", it->superClassDecl ? it->superClassDecl->name : NULL);
    qualifiers(it->qualifiers, it->numQualifiers);
    number("numProperties", it->numProperties);
    for (MI_Uint32 i = 0; i < it->numProperties; i++)
    {
        const MI_PropertyDecl* property = it->properties[i];
        snprintf(path + length, sizeof(path) - length, ".%s", property->name);
        number("place", i);
        number("flags", property->flags);
        number("code", property->code);
        number("type", property->type);
        text("className", property->className);
        number("subscript", property->subscript);
        number("offset", property->offset);
        text("origin", property->origin);
        text("propagator", property->propagator);
        constant(property->type, property->value);
        qualifiers(property->qualifiers, property->numQualifiers);
    }
    path[length] = 0;
    number("numMethods", it->numMethods);
    for (MI_Uint32 i = 0; i < it->numMethods; i++)
    {
        const MI_MethodDecl* method = it->methods[i];
        snprintf(path + length, sizeof(path) - length, ".%s()", method->name);
        number("place", i);
        number("flags", method->flags);
        number("code", method->code);
        number("size", method->size);
        number("returnType", method->returnType);
        text("origin", method->origin);
        text("propagator", method->propagator);
        qualifiers(method->qualifiers, method->numQualifiers);
        parameters(method->parameters, method->numParameters);
    }
}

int main(int argc, char** argv)
{
    static MI_Server server;
    void* library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    MI_Module* (*entry)(MI_Server*) = NULL;
    if (library)
        *(void**)&entry = dlsym(library, "MI_Main");
    if (!entry)
    {
        fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: dump LIBRARY");
        return 1;
    }
    const MI_SchemaDecl* schema = entry(&server)->schemaDecl;
    snprintf(path, sizeof(path), "schema");
    number("numQualifierDecls", schema->numQualifierDecls);
    for (MI_Uint32 i = 0; i < schema->numClassDecls; i++)
        class(schema->classDecls[i]);
    return 0;
}
