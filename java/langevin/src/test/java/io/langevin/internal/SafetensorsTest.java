package io.langevin.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.BadModelException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    @TempDir
    private Path folder;

    private Path file(String header, int dataBytes) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        return Files.write(folder.resolve("x.safetensors"), bytes.putLong(text.length).put(text).array());
    }

    @Test
    void what_was_written_is_read() throws IOException {
        var values = new float[10_000];
        var random = new Random(5);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        var out = new ByteArrayOutputStream();
        Safetensors.write(out, "images", values, 4, 1, 50, 50);
        Path file = Files.write(folder.resolve("x.safetensors"), out.toByteArray());
        var tensor = Safetensors.read(file).get("images");
        assertArrayEquals(new int[] {4, 1, 50, 50}, tensor.shape());
        assertArrayEquals(values, tensor.floats());
        assertTrue(ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN).getLong(0) % 8 == 0, "numbers begin at a multiple of 8");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-4,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,4],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[2147483647,-2147483641]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9007199254740993]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8]}}",
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}",
        "{\"a\":[]}",
        "{",
    })
    void a_header_that_cannot_be_is_refused_by_file(String header) throws IOException {
        Path file = file(header, 8);
        assertTrue(assertThrows(BadModelException.class, () -> Safetensors.read(file)).getMessage().startsWith(file + ": "));
    }

    @Test
    void errors_name_the_tensor_and_what_it_lacks() {
        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}";
        byte[] file = ByteBuffer.allocate(8 + header.length()).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8)).array();
        assertEquals("x: tensor a: data_offsets is missing, it has to be a list of integers",
                assertThrows(BadModelException.class, () -> Safetensors.parse("x", file)).getMessage());
        file[10] = (byte) 0xff;
        assertEquals("x: the header is not UTF-8", assertThrows(BadModelException.class, () -> Safetensors.parse("x", file)).getMessage());
    }

    @Test
    void a_file_shorter_than_its_header_is_refused() throws IOException {
        Path file = Files.write(folder.resolve("x.safetensors"), new byte[] {9, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
        assertThrows(BadModelException.class, () -> Safetensors.read(file));
        assertThrows(BadModelException.class, () -> Safetensors.read(Files.write(file, new byte[3])));
        Path missing = folder.resolve("missing");
        assertEquals(missing + ": there is no such file", assertThrows(BadModelException.class, () -> Safetensors.read(missing)).getMessage());
    }
}
