/* Loaded before libc (LD_PRELOAD): writes down, in order, what a process does to the files of one
   folder, so that the disk can be rebuilt as it was at any moment of a power cut.

   LONGWATCH_RECORD names the folder, LONGWATCH_RECORD_TO the file to write into. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST 1024
static char *name_of[MOST];
static int record = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(kind, name, types) static kind(*real) types; if (!real) real = dlsym(RTLD_NEXT, name)

static ssize_t put(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", (int, const void *, size_t));
    return real(fd, data, size);
}

static void note(char what, const char *name, long long where, const void *data, size_t size) {
    char head[PATH_MAX + 64];
    int length = snprintf(head, sizeof head, "%c %s %lld %zu\n", what, name, where, size);
    pthread_mutex_lock(&turn);
    put(record, head, length);
    if (size) put(record, data, size);
    pthread_mutex_unlock(&turn);
}

static const char *watched(int fd) { return fd >= 0 && fd < MOST ? name_of[fd] : NULL; }

static void opened(const char *path, int fd) {
    const char *folder = getenv("LONGWATCH_RECORD"), *to = getenv("LONGWATCH_RECORD_TO");
    if (!folder || !to || fd < 0 || fd >= MOST || strncmp(path, folder, strlen(folder))) return;
    if (record < 0) {
        REAL(int, "open", (const char *, int, ...));
        record = real(to, O_WRONLY | O_CREAT | O_APPEND, 0600);
    }
    name_of[fd] = strdup(strrchr(path, '/') + 1);
}

#define OPEN(symbol)                                                      \
    int symbol(const char *path, int flags, ...) {                        \
        va_list rest;                                                     \
        va_start(rest, flags);                                            \
        int mode = va_arg(rest, int);                                     \
        va_end(rest);                                                     \
        REAL(int, #symbol, (const char *, int, ...));                     \
        int fd = real(path, flags, mode);                                 \
        opened(path, fd);                                                 \
        return fd;                                                        \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    REAL(int, "close", (int));
    if (watched(fd)) { free(name_of[fd]); name_of[fd] = NULL; }
    return real(fd);
}

#define PWRITE(symbol, offset)                                            \
    ssize_t symbol(int fd, const void *data, size_t size, offset where) { \
        REAL(ssize_t, #symbol, (int, const void *, size_t, offset));      \
        ssize_t done = real(fd, data, size, where);                       \
        if (watched(fd) && done > 0) note('W', watched(fd), where, data, done); \
        return done;                                                      \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t size) {
    long long where = watched(fd) ? (long long)lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = put(fd, data, size);
    if (watched(fd) && done > 0) note('W', watched(fd), where, data, done);
    return done;
}

#define TRUNCATE(symbol, offset)                                          \
    int symbol(int fd, offset size) {                                     \
        REAL(int, #symbol, (int, offset));                                \
        int failed = real(fd, size);                                      \
        if (watched(fd) && !failed) note('T', watched(fd), size, "", 0);  \
        return failed;                                                    \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(symbol)                                                      \
    int symbol(int fd) {                                                  \
        REAL(int, #symbol, (int));                                        \
        int failed = real(fd);                                            \
        if (watched(fd) && !failed) note('S', watched(fd), 0, "", 0);     \
        return failed;                                                    \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    const char *folder = getenv("LONGWATCH_RECORD");
    REAL(int, "unlink", (const char *));
    int failed = real(path);
    if (folder && record >= 0 && !failed && !strncmp(path, folder, strlen(folder)))
        note('U', strrchr(path, '/') + 1, 0, "", 0);
    return failed;
}
