/// Pictures to train on: [io.langevin.data.Datasets] opens them, [io.langevin.data.Dataset#shuffled] puts them in an order, a [io.langevin.data.Loader] decodes them ahead.
module io.langevin.data {
    requires transitive io.langevin;
    requires java.desktop;

    exports io.langevin.data;
}
