package io.langevin.evaluate;

import io.langevin.Images;
import io.langevin.data.Dataset;
import java.util.Arrays;

/// Drawn pictures, each beside the training picture that is nearest to it, the nearest pair first: what was learnt by heart stands at the top left.
public final class NeighbourGrid {
    private static final int PAIRS = 36;
    private static final int ACROSS = 6;
    private static final int GAP = 4;       // pixels between pairs

    private NeighbourGrid() {
    }

    /// One picture of at most 36 pairs, 6 in a row: drawn, nearest.
    public static Images of(Dataset drawn, Dataset training, Nearest nearest) {
        int[] order = nearest.order();
        int pairs = Math.min(PAIRS, order.length);
        int across = Math.min(ACROSS, pairs);
        int down = (pairs + across - 1) / across;
        int height = down * (drawn.height() + GAP) - GAP;
        int width = across * (2 * drawn.width() + GAP) - GAP;
        var canvas = new float[drawn.channels() * height * width];
        Arrays.fill(canvas, 1);
        var grid = new Images(1, drawn.channels(), height, width, canvas);
        for (int pair = 0; pair < pairs; pair++) {
            int y = pair / across * (drawn.height() + GAP);
            int x = pair % across * (2 * drawn.width() + GAP);
            put(grid, Shades.of(drawn, order[pair]), drawn, y, x);
            put(grid, Shades.of(training, nearest.index()[order[pair]]), drawn, y, x + drawn.width());
        }
        return grid;
    }

    private static void put(Images grid, byte[] shades, Dataset shape, int top, int left) {
        for (int i = 0; i < shades.length; i++) {
            int x = i % shape.width();
            int y = i / shape.width() % shape.height();
            int c = i / (shape.width() * shape.height());
            grid.values()[(c * grid.height() + top + y) * grid.width() + left + x] = (shades[i] & 0xFF) / 127.5f - 1;
        }
    }
}
