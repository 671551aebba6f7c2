package io.langevin.internal;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/// Why a file could not be read, in words. The exceptions of java.nio say only its name.
public final class Unreadable {
    private Unreadable() {}

    /// To be put behind the file's name and a colon.
    public static String why(IOException e) {
        return switch (e) {
            case NoSuchFileException gone -> "there is no such file";
            case AccessDeniedException denied -> "this user may not read it";
            default -> "it cannot be read: " + e.getMessage();
        };
    }
}
