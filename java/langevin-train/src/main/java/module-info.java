/// Runs: from pictures to a model. [io.langevin.train.Run] begins one and goes on with it, [io.langevin.train.RunConfig] says all of what it is.
module io.langevin.train {
    requires transitive io.langevin;
    requires transitive io.langevin.data;

    exports io.langevin.train;
}
