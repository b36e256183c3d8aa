/* A dynamic provider that breaks the rules of mi.h, in each class in another way. */

#include "mi_abi.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UINT32 = 5, KEY = 1 << 12, THREADS = 8, EACH = 1000 };

/* What the calls returned that break a rule, for the test; NOT_YET before they did. */
enum { SECOND_RESULT, INSTANCE_AFTER, ERROR_AFTER, CANCELLED_INSTANCE, CANCELLED_RESULT, WRONG_CLASS, UNLOADED, CALLS };
enum { NOT_YET = 1000 };
_Atomic uint32_t careless_results[CALLS] = {NOT_YET, NOT_YET, NOT_YET, NOT_YET, NOT_YET, NOT_YET, NOT_YET};

static Result post(Context *context, const char *className, uint32_t id)
{
    Instance *instance;
    Value value = {.uint32 = id};
    Result result = context->ft->NewDynamicInstance(context, className, 0, &instance);
    if (result != 0)
        return result;
    instance->ft->AddElement(instance, "Id", &value, UINT32, KEY);
    result = context->ft->PostInstance(context, instance);
    instance->ft->Delete(instance);
    return result;
}

static void start(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, argument) != 0)
        abort();
    pthread_detach(thread);
}

static void answer_twice(Context *context)
{
    post(context, "T_Twice", 1);
    context->ft->PostResult(context, 0);
    careless_results[SECOND_RESULT] = context->ft->PostResult(context, 0);
    careless_results[INSTANCE_AFTER] = post(context, "T_Twice", 2);
    careless_results[ERROR_AFTER] = context->ft->PostError(context, 1, "MI", "too late");
}

static void *never_answer(void *context)
{
    for (;;)
        pause();
    return context;
}

typedef struct {
    Context *context;
    uint32_t first;
    _Atomic uint32_t *left;
} Job;

static void *post_many(void *argument)
{
    Job job = *(Job *)argument;
    free(argument);
    for (uint32_t i = 0; i < EACH; i++)
        post(job.context, "T_Threads", job.first + i);
    if (atomic_fetch_sub(job.left, 1) == 1) {
        job.context->ft->PostResult(job.context, 0);
        free(job.left);
    }
    return NULL;
}

static void post_from_eight_threads(Context *context)
{
    _Atomic uint32_t *left = malloc(sizeof(*left));
    *left = THREADS;
    for (uint32_t i = 0; i < THREADS; i++) {
        Job *job = malloc(sizeof(*job));
        *job = (Job){context, i * EACH, left};
        start(post_many, job);
    }
}

static void *post_after_cancel(void *argument)
{
    Context *context = argument;
    Boolean cancelled = 0;
    post(context, "T_Late", 0);
    while (!cancelled) {
        usleep(1000);
        context->ft->Canceled(context, &cancelled);
    }
    careless_results[CANCELLED_INSTANCE] = post(context, "T_Late", 1);
    careless_results[CANCELLED_RESULT] = context->ft->PostResult(context, 0);
    return NULL;
}

static void post_another_class(Context *context)
{
    careless_results[WRONG_CLASS] = post(context, "T_Other", 1);
    context->ft->PostResult(context, 0);
}

/* Works on when the provider is unloaded, until somebody refuses what it posts. */
static void *work_on(void *argument)
{
    Context *context = argument;
    Result result = 0;
    for (uint32_t id = 0; result == 0; id++)
        result = post(context, "T_Working", id);
    /* Unload happens meanwhile. */
    usleep(200000);
    post(context, "T_Working", 0);
    context->ft->PostResult(context, 0);
    careless_results[UNLOADED] = result;
    return NULL;
}

static void enumerate(
    void *self, Context *context, const char *nameSpace, const char *className, const void *properties,
    Boolean keysOnly, const void *filter)
{
    if (strcmp(className, "T_Twice") == 0)
        answer_twice(context);
    else if (strcmp(className, "T_Silent") == 0)
        start(never_answer, context);
    else if (strcmp(className, "T_Threads") == 0)
        post_from_eight_threads(context);
    else if (strcmp(className, "T_Late") == 0)
        start(post_after_cancel, context);
    else if (strcmp(className, "T_Wrong") == 0)
        post_another_class(context);
    else
        start(work_on, context);
    (void)self, (void)nameSpace, (void)properties, (void)keysOnly, (void)filter;
}

static const ProviderFT provider = {.EnumerateInstances = enumerate};

__attribute__((visibility("default"))) Module *MI_Main(void *server)
{
    static Module module = {.version = 0x00010000, .charSize = 1, .dynamicProviderFT = &provider};
    (void)server;
    return &module;
}
