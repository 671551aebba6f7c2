package io.langevin;

import java.util.Arrays;

/// What an image is of, for networks that take no label but a number or a vector (config.json: class_embed_type "timestep" or "identity").
public sealed interface Condition {

    /// A number that the network embeds as it embeds the timestep (class_embed_type "timestep").
    ///
    /// @param value finite; the network takes it as float32
    record Timestep(double value) implements Condition {

        /// @throws InvalidArgumentException for a number that float32 does not hold
        public Timestep {
            if (!Float.isFinite((float) value)) {
                throw new InvalidArgumentException("class timestep is " + value + "; it is a finite float32 number");
            }
        }
    }

    /// What is added to the embedding of the timestep (class_embed_type "identity").
    ///
    /// @param values as many as the config's time_embedding_dim (where it is null, 4 times the first of block_out_channels); not copied
    record Embedding(float[] values) implements Condition {

        /// @throws InvalidArgumentException for null
        public Embedding {
            if (values == null) {
                throw new InvalidArgumentException("class embedding is null");
            }
        }

        /// The same numbers.
        @Override
        public boolean equals(Object other) {
            return other instanceof Embedding that && Arrays.equals(values, that.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "Embedding[" + values.length + " numbers]";
        }
    }
}
