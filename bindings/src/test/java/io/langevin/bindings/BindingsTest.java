package io.langevin.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The bindings are committed, not made in the build. These tests see to it that they, the header, the C++ compiler and the library tell the same story.
class BindingsTest {
    /// Descriptors stand beside symbols in the generated classes, so they need the library.
    @BeforeAll
    static void load() {
        NativeLibrary.load();
    }

    /// Surefire falls back to the class path without a word when it cannot read module-info: then nothing here would be tested as users run it.
    @Test
    void tests_run_in_the_module() {
        assertEquals("io.langevin.bindings", Lgv.class.getModule().getName());
    }

    @Test
    void the_header_is_the_one_that_the_bindings_were_made_from() throws IOException {
        var properties = new Properties();
        try (var in = Files.newBufferedReader(Repository.ROOT.resolve("bindings/bindings.properties"))) {
            properties.load(in);
        }
        String header = Repository.headerWithoutComments().replaceAll("\\s+", "");
        assertEquals(properties.getProperty("header.sha256"), Bundle.sha256(header.getBytes(StandardCharsets.UTF_8)),
                "langevin.h has changed: make the bindings again, bindings/bindings.properties says how");
    }

    @Test
    void functions_of_the_header_have_bindings_and_a_line_in_the_include_list() throws IOException {
        var listed = new TreeSet<String>();
        for (String line : Files.readAllLines(Repository.ROOT.resolve("bindings/includes.txt"))) {
            if (line.startsWith("--include-function ")) {
                listed.add(line.substring("--include-function ".length()));
            }
        }
        assertEquals(headerFunctions(), bindingFunctions());
        assertEquals(headerFunctions(), listed);
    }

    @Test
    void the_library_exports_the_functions_of_the_header_and_nothing_else() throws IOException {
        assertEquals(headerFunctions(), Elf.exports(Repository.LIBRARY));
    }

    @Test
    void signatures_are_what_the_compiler_says() {
        var bindings = new TreeMap<String, String>();
        for (String name : bindingFunctions()) {
            bindings.put(name, letters((FunctionDescriptor) call(Lgv.class, name + "$descriptor")));
        }
        assertEquals(table("function"), bindings);
    }

    @Test
    void sizes_and_offsets_of_structs_are_what_the_compiler_says() {
        var sizes = new TreeMap<String, String>();
        var fields = new TreeMap<String, String>();
        for (String name : table("struct").keySet()) {
            GroupLayout layout = layout(name);
            sizes.put(name, Long.toString(layout.byteSize()));
            for (MemoryLayout member : layout.memberLayouts()) {
                if (!(member instanceof PaddingLayout)) {
                    String field = member.name().orElseThrow();
                    long offset = layout.byteOffset(MemoryLayout.PathElement.groupElement(field));
                    MemoryLayout element = member instanceof SequenceLayout sequence ? sequence.elementLayout() : member;
                    fields.put(name + "." + field, offset + " " + member.byteSize() + " " + letter(element));
                }
            }
        }
        assertEquals(table("struct"), sizes);
        assertEquals(table("field"), fields);
    }

    @Test
    void constants_are_what_the_compiler_says() {
        var constants = new TreeMap<String, String>();
        for (Method method : Lgv.class.getDeclaredMethods()) {
            if (method.getName().startsWith("LGV_")) {
                constants.put(method.getName(), call(Lgv.class, method.getName()).toString());
            }
        }
        assertEquals(table("constant"), constants);
    }

    @Test
    void the_struct_of_the_header_is_in_the_table() throws IOException {
        var structs = new TreeSet<String>();
        Matcher matcher = Pattern.compile("typedef struct (\\w+) \\{").matcher(Repository.headerWithoutComments());
        while (matcher.find()) {
            structs.add(matcher.group(1));
        }
        assertFalse(structs.isEmpty());
        assertEquals(structs, new TreeSet<>(table("struct").keySet()));
    }

    private static TreeSet<String> headerFunctions() throws IOException {
        var names = new TreeSet<String>();
        Matcher matcher = Pattern.compile("LGV_API [^;(]*?(lgv_\\w+)\\(").matcher(Repository.headerWithoutComments());
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        assertTrue(names.size() > 20, "the header's functions were not found");
        return names;
    }

    private static TreeSet<String> bindingFunctions() {
        var names = new TreeSet<String>();
        for (Method method : Lgv.class.getDeclaredMethods()) {
            if (method.getName().endsWith("$address")) {
                names.add(method.getName().substring(0, method.getName().length() - "$address".length()));
            }
        }
        return names;
    }

    /// Lines of one kind of native/tests/abi/table/abi_table.cpp: name to what follows it.
    private static TreeMap<String, String> table(String kind) {
        Path library = Repository.LIBRARY.resolveSibling("libabi_table.so");
        try (Arena arena = Arena.ofConfined()) {
            var function = SymbolLookup.libraryLookup(library, arena).findOrThrow("abi_table");
            var handle = Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.of(ValueLayout.ADDRESS));
            var address = (java.lang.foreign.MemorySegment) handle.invokeExact();
            var rows = new TreeMap<String, String>();
            for (String line : address.reinterpret(1 << 20).getString(0).lines().toList()) {
                String[] words = line.split(" ", 3);
                if (words[0].equals(kind)) {
                    rows.put(words[1], words[2]);
                }
            }
            assertFalse(rows.isEmpty(), "no " + kind + " in the table");
            return rows;
        } catch (Throwable e) {
            throw new AssertionError("cannot read the table in " + library, e);
        }
    }

    private static GroupLayout layout(String struct) {
        try {
            return (GroupLayout) call(Class.forName("io.langevin.bindings." + struct), "layout");
        } catch (ClassNotFoundException e) {
            throw new AssertionError("the bindings have no " + struct, e);
        }
    }

    private static Object call(Class<?> type, String method) {
        try {
            return type.getDeclaredMethod(method).invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(type + " has no " + method, e);
        }
    }

    private static String letters(FunctionDescriptor descriptor) {
        var letters = new StringBuilder(descriptor.returnLayout().map(BindingsTest::letter).orElse("v"));
        descriptor.argumentLayouts().forEach(layout -> letters.append(letter(layout)));
        return letters.toString();
    }

    private static String letter(MemoryLayout layout) {
        return switch (layout) {
            case ValueLayout.OfInt i -> "i";
            case ValueLayout.OfLong l -> "l";
            case ValueLayout.OfFloat f -> "f";
            case ValueLayout.OfDouble d -> "d";
            case ValueLayout.OfByte b -> "b";
            case ValueLayout.OfShort s -> "s";
            case java.lang.foreign.AddressLayout p -> "p";
            default -> "?";
        };
    }
}
