package io.langevin.train;

/// Ends this process at a named moment, as a power cut would, for the tests that show that nothing is lost: -Dlangevin.train.fault=rename@20 at that moment of the
/// checkpoint of step 20. Without the property nothing happens.
final class Fault {
    /// In the middle of a checkpoint's numbers.
    static final String WRITE = "write";
    /// The file is written, nothing was flushed to the disk.
    static final String FSYNC = "fsync";
    /// It is on the disk, under its temporary name.
    static final String RENAME = "rename";
    /// It has its name, the folder was not flushed.
    static final String RENAMED = "renamed";
    /// One of those that are too old is gone, not all.
    static final String RETENTION = "retention";

    private static final String ASKED = System.getProperty("langevin.train.fault", "");
    private static final int KILLED = 137;

    private Fault() {
    }

    static void at(String moment, long step) {
        if (!ASKED.isEmpty() && ASKED.equals(moment + "@" + step)) {
            Runtime.getRuntime().halt(KILLED);
        }
    }
}
