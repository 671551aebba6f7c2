/// The C interface of Langevin as jextract saw it, and the loader of the native library. For module {@code io.langevin} alone: all restricted
/// calls are here, so that this is the one module that needs {@code --enable-native-access=io.langevin.bindings}.
module io.langevin.bindings {
    exports io.langevin.bindings to io.langevin;
}
