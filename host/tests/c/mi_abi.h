/* The MI provider ABI as far as the providers here use it, written from the structures of omi-sys: the same layout, and slots
   that are not called are counted as `unused`. The test compares it with omi-sys by `abi_layout`. */

#ifndef MI_ABI_H
#define MI_ABI_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t Result;
typedef uint8_t Boolean;
typedef void (*Function)(void);

typedef struct Instance Instance;
typedef struct Context Context;
typedef struct Session Session;
typedef struct Operation Operation;

typedef union {
    uint32_t uint32;
    const char *string;
    struct {
        const void *data;
        uint32_t size;
    } array;
    uint64_t words[5];
} Value;

typedef struct {
    uint32_t flags, code;
    const char *name;
    const void *qualifiers;
    uint32_t numQualifiers, type;
    const char *className;
    uint32_t subscript, offset;
    const char *origin, *propagator;
    const void *value;
} PropertyDecl;

typedef struct {
    uint32_t flags, code;
    const char *name;
    const void *qualifiers;
    uint32_t numQualifiers;
    const PropertyDecl *const *parameters;
    uint32_t numParameters, size, returnType;
    const char *origin, *propagator;
    const void *schema;
    void (*function)(void *, Context *, const char *, const char *, const char *, const Instance *, const Instance *);
} MethodDecl;

typedef struct {
    void (*Load)(void **, void *, Context *);
    void (*Unload)(void *, Context *);
    Function unused1;
    void (*EnumerateInstances)(
        void *, Context *, const char *, const char *, const void *, Boolean, const void *);
    Function unused2[10];
} ProviderFT;

typedef struct {
    uint32_t flags, code;
    const char *name;
    const void *qualifiers;
    uint32_t numQualifiers;
    const PropertyDecl *const *properties;
    uint32_t numProperties, size;
    const char *superClass;
    const void *superClassDecl;
    const MethodDecl *const *methods;
    uint32_t numMethods;
    const void *schema;
    const ProviderFT *providerFT;
    void *owningClass;
} ClassDecl;

typedef struct {
    const void *qualifierDecls;
    uint32_t numQualifierDecls;
    const ClassDecl *const *classDecls;
    uint32_t numClassDecls;
} SchemaDecl;

typedef struct {
    uint32_t version, generatorVersion, flags, charSize;
    const SchemaDecl *schemaDecl;
    Function Load, Unload;
    const ProviderFT *dynamicProviderFT;
} Module;

typedef struct {
    Function unused1;
    Result (*Destruct)(Instance *);
    Result (*Delete)(Instance *);
    Function unused2[2];
    Result (*SetNameSpace)(Instance *, const char *);
    Function unused3[2];
    Result (*AddElement)(Instance *, const char *, const Value *, uint32_t, uint32_t);
    Function unused4;
    Result (*SetElementAt)(Instance *, uint32_t, const Value *, uint32_t, uint32_t);
    Result (*GetElement)(const Instance *, const char *, Value *, uint32_t *, uint32_t *, uint32_t *);
    Function unused5[6];
} InstanceFT;

struct Instance {
    const InstanceFT *ft;
    const ClassDecl *classDecl;
    const char *serverName, *nameSpace;
    intptr_t reserved[4];
};

typedef struct {
    Result (*PostResult)(Context *, Result);
    Result (*PostInstance)(Context *, const Instance *);
    Function unused1;
    Result (*ConstructInstance)(Context *, const ClassDecl *, Instance *);
    Function unused2[2];
    Result (*NewDynamicInstance)(Context *, const char *, uint32_t, Instance **);
    Function unused3;
    Result (*Canceled)(const Context *, Boolean *);
    Result (*GetLocale)(const Context *, uint32_t, char *);
    Result (*RegisterCancel)(Context *, void (*)(uint32_t, void *), void *);
    Result (*RequestUnload)(Context *);
    Result (*RefuseUnload)(Context *);
    Result (*GetLocalSession)(const Context *, Session *);
    Function unused4;
    Result (*GetStringOption)(Context *, const char *, const char **);
    Result (*GetNumberOption)(Context *, const char *, uint32_t *);
    Function unused5;
    Result (*GetCustomOptionCount)(Context *, uint32_t *);
    Function unused6;
    Result (*WriteMessage)(Context *, uint32_t, const char *);
    Result (*WriteProgress)(Context *, const char *, const char *, const char *, uint32_t, uint32_t);
    Function unused7;
    Result (*WriteCimError)(Context *, const Instance *, Boolean *);
    Result (*PromptUser)(Context *, const char *, uint32_t, Boolean *);
    Result (*ShouldProcess)(Context *, const char *, const char *, Boolean *);
    Result (*ShouldContinue)(Context *, const char *, Boolean *);
    Result (*PostError)(Context *, uint32_t, const char *, const char *);
    Function unused8;
    Result (*WriteError)(Context *, uint32_t, const char *, const char *, Boolean *);
    Function unused9;
} ContextFT;

struct Context {
    const ContextFT *ft;
    intptr_t reserved[3];
};

typedef struct {
    Result (*Close)(Session *, void *, void (*)(void *));
    Function unused1[12];
    Function unused2;
    void (*TestConnection)(Session *, uint32_t, void *, Operation *);
} SessionFT;

struct Session {
    uint64_t reserved1;
    intptr_t reserved2;
    const SessionFT *ft;
};

typedef struct {
    Result (*Close)(Operation *);
    Function unused1[2];
    Result (*GetInstance)(Operation *, const Instance **, Boolean *, Result *, const char **, const Instance **);
    Function unused2[2];
} OperationFT;

struct Operation {
    uint64_t reserved1;
    intptr_t reserved2;
    const OperationFT *ft;
};

#endif
