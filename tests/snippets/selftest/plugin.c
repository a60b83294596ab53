/*
 * plugin.c - libreplay_plugin.so, which dlopen() finds through the run path of
 * the library with the snippets and through nothing else.
 */
int replay_plugin;
