package io.langevin.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.DynamicTest;

/// The plans that C++ draws by are what Java says today. Where one of these fails and what changed is meant, tests/parity/write-plans writes them anew.
class PlansTest {
    private static final Path GOLDENS = Path.of(System.getProperty("langevin.root")).resolve("tests/goldens");
    private static final Path PLANS = GOLDENS.resolve("plans");

    @TestFactory
    Stream<DynamicTest> plans_in_the_checkout_are_those_that_java_writes() {
        List<GoldenCase> cases = Plans.cases(GOLDENS);
        assertFalse(cases.isEmpty());
        return cases.stream().map(golden -> DynamicTest.dynamicTest(GoldenCase.name(golden.folder()),
                () -> assertEquals(Files.readString(PLANS.resolve(GoldenCase.name(golden.folder()) + ".json")), Plans.of(golden), "tests/parity/write-plans writes it anew")));
    }

    @Test
    void there_is_no_plan_without_its_case() throws IOException {
        List<String> wanted = Plans.cases(GOLDENS).stream().map(golden -> GoldenCase.name(golden.folder()) + ".json").sorted().toList();
        try (Stream<Path> files = Files.list(PLANS)) {
            assertEquals(wanted, files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }
}
