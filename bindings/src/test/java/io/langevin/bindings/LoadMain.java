package io.langevin.bindings;

/// Loads the library in a process of its own, and prints what a user would read.
final class LoadMain {
    private LoadMain() {
    }

    public static void main(String[] arguments) {
        try {
            NativeLibrary library = NativeLibrary.load();
            System.out.println("loaded " + library.version() + " from " + library.file());
        } catch (NativeLibrary.LoadException e) {
            System.out.println(e.getMessage());
        }
    }
}
