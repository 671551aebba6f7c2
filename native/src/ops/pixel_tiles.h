// How the pixels of an image are parted where sums over them are made part by part: by the layer's shape alone.
#pragma once

#include <cstdint>

namespace lgv {

// Tiles of tile_h x tile_w pixels of h x w, row after row; those at the lower and right border hold what is left. A run of pixels is h = tile_h = 1.
struct PixelTiles {
    int32_t h = 1, w = 1, tile_h = 1, tile_w = 1;

    int32_t across() const { return (w + tile_w - 1) / tile_w; }
    int32_t count() const { return (h + tile_h - 1) / tile_h * across(); }
};

}  // namespace lgv
