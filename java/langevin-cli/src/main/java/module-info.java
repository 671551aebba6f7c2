/// The command line `langevin`: one class a command, over the library and its runs.
module io.langevin.cli {
    requires io.langevin;
    requires io.langevin.train;
    requires io.langevin.evaluate;
    requires info.picocli;
    requires java.desktop;      // reads PNG files, for --from alone

    opens io.langevin.cli to info.picocli;
}
