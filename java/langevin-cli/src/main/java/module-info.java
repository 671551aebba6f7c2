/// The command line `langevin`: one class a command, over the library alone.
module io.langevin.cli {
    requires io.langevin;
    requires info.picocli;

    opens io.langevin.cli to info.picocli;
}
