package io.langevin;

import io.langevin.internal.Json;
import java.util.ArrayList;
import java.util.List;

/// Where a denoiser's or a trainer's time went: one op of its program.
///
/// @param name         its place in the network, "down_blocks.0.resnets.0.conv1"
/// @param op           what it is, "conv2d"
/// @param algorithm    how it is computed
/// @param launches     how often it ran
/// @param milliseconds all launches together
/// @param flops        multiplications and additions of all launches
public record OpProfile(String name, String op, String algorithm, long launches, double milliseconds, double flops) {
    static List<OpProfile> parse(String json) {
        var profile = new ArrayList<OpProfile>();
        for (Json entry : Json.parse("profile", json).array()) {
            Json.Obj op = entry.object();
            profile.add(new OpProfile(op.text("name", ""), op.text("op", ""), op.text("algorithm", ""), (long) op.number("launches", 0), op.number("milliseconds", 0),
                    op.number("flops", 0)));
        }
        return List.copyOf(profile);
    }
}
