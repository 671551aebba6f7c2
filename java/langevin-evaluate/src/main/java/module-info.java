/// How good the pictures of a model are: [io.langevin.evaluate.Evaluation] sets them beside real ones.
module io.langevin.evaluate {
    requires transitive io.langevin;
    requires transitive io.langevin.data;

    exports io.langevin.evaluate;
}
