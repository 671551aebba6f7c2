/// The command line `langevin`: one class a command, over the library alone.
module io.langevin.cli {
    requires io.langevin;
    requires info.picocli;
    requires java.desktop;      // reads PNG files, for --from alone

    opens io.langevin.cli to info.picocli;
}
