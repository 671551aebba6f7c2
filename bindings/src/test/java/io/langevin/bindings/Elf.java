package io.langevin.bindings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;

/// What a 64-bit ELF file exports: the defined global and weak entries of its table .dynsym.
final class Elf {
    private static final int DYNSYM = 11;

    private Elf() {
    }

    static TreeSet<String> exports(Path file) throws IOException {
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        if (elf.getInt(0) != 0x464c457f || elf.get(4) != 2) {
            throw new IOException(file + " is not a 64-bit ELF file");
        }
        long sections = elf.getLong(0x28);
        int sectionSize = elf.getShort(0x3a);
        int count = elf.getShort(0x3c);
        var names = new TreeSet<String>();
        for (int s = 0; s < count; s++) {
            int section = (int) sections + s * sectionSize;
            if (elf.getInt(section + 4) == DYNSYM) {
                int texts = (int) sections + elf.getInt(section + 40) * sectionSize;
                int text = (int) elf.getLong(texts + 24);
                int from = (int) elf.getLong(section + 24);
                int to = from + (int) elf.getLong(section + 32);
                for (int symbol = from; symbol < to; symbol += 24) {
                    int binding = (elf.get(symbol + 4) & 0xff) >> 4;
                    boolean defined = elf.getShort(symbol + 6) != 0;
                    if (defined && (binding == 1 || binding == 2)) {
                        names.add(string(elf, text + elf.getInt(symbol)));
                    }
                }
            }
        }
        return names;
    }

    private static String string(ByteBuffer bytes, int at) {
        int end = at;
        while (bytes.get(end) != 0) {
            end++;
        }
        return new String(bytes.array(), at, end - at, StandardCharsets.UTF_8);
    }
}
