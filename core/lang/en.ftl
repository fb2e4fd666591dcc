# What Rundruf says, in English. The same keys with the same arguments are in de.ftl; README.md says how to add one.

## check
# Keys of core/check begin with `check-`.


## consent
# Keys of core/consent begin with `consent-`.


## daemon
# Keys of core/daemon begin with `daemon-`.


## engine
# Keys of core/engine begin with `engine-`.


## host
# Keys of core/host begin with `host-`.


## lang
# Keys of core/lang begin with `lang-`.

lang-verbatim = { $text }
lang-caused-by = { $text }: { $cause }
lang-not-utf8 = stream did not contain valid UTF-8
lang-os-error-1 = Operation not permitted (os error 1)
lang-os-error-2 = No such file or directory (os error 2)
lang-os-error-13 = Permission denied (os error 13)
lang-os-error-17 = File exists (os error 17)
lang-os-error-20 = Not a directory (os error 20)
lang-os-error-21 = Is a directory (os error 21)
lang-os-error-24 = Too many open files (os error 24)
lang-os-error-28 = No space left on device (os error 28)
lang-os-error-30 = Read-only file system (os error 30)
lang-os-error-32 = Broken pipe (os error 32)
lang-os-error-36 = File name too long (os error 36)
lang-os-error-40 = Too many levels of symbolic links (os error 40)
lang-os-error-98 = Address already in use (os error 98)
lang-os-error-99 = Cannot assign requested address (os error 99)
lang-os-error-104 = Connection reset by peer (os error 104)
lang-os-error-111 = Connection refused (os error 111)


## sdk
# Keys of core/sdk begin with `sdk-`.


## store
# Keys of core/store begin with `store-`.


## web
# Keys of core/web begin with `web-`.

