/*
 * What the addon uses of Node-API, version 8: https://nodejs.org/api/n-api.html. Declared here so that building needs no
 * Node; the functions are the running Node's own.
 */
#ifndef GRADPOOL_NODE_API_H
#define GRADPOOL_NODE_API_H

#ifdef _WIN32
#define NAPI_EXPORT __declspec(dllexport)
typedef unsigned long long size_t;
#else
#define NAPI_EXPORT __attribute__((visibility("default")))
typedef unsigned long size_t;
#endif

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_ref__ *napi_ref;
typedef struct napi_callback_info__ *napi_callback_info;
/** 0: all went well. */
typedef int napi_status;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
typedef void (*napi_finalize)(napi_env, void *data, void *hint);
/** napi_typedarray_type. */
enum { napi_float64_array = 8 };

napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t *argc, napi_value *argv, napi_value *self, void **data);
napi_status napi_get_typedarray_info(
    napi_env, napi_value, int *type, size_t *length, void **data, napi_value *buffer, size_t *offset);
napi_status napi_get_value_double(napi_env, napi_value, double *);
napi_status napi_create_double(napi_env, double, napi_value *);
napi_status napi_create_arraybuffer(napi_env, size_t, void **data, napi_value *);
napi_status napi_create_function(napi_env, const char *name, size_t length, napi_callback, void *data, napi_value *);
napi_status napi_set_named_property(napi_env, napi_value object, const char *name, napi_value);
napi_status napi_create_reference(napi_env, napi_value, unsigned int count, napi_ref *);
napi_status napi_delete_reference(napi_env, napi_ref);
napi_status napi_get_reference_value(napi_env, napi_ref, napi_value *);
napi_status napi_add_finalizer(napi_env, napi_value, void *data, napi_finalize, void *hint, napi_ref *);
napi_status napi_throw_range_error(napi_env, const char *code, const char *message);
napi_status napi_throw_type_error(napi_env, const char *code, const char *message);

#endif
