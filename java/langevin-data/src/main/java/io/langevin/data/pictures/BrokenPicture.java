package io.langevin.data.pictures;

/// Why a file gives no picture, as the second half of a sentence that begins with the file's name.
public final class BrokenPicture extends Exception {
    private static final long serialVersionUID = 1;

    BrokenPicture(String why) {
        super(why);
    }
}
