package io.langevin.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The plans that C++ draws by are what Java says today. Where one of these fails and what changed is meant, tests/parity/write-plans writes them anew.
class PlansTest {
    private static final Path GOLDENS = Path.of(System.getProperty("langevin.root")).resolve("tests/goldens");
    private static final Path PLANS = GOLDENS.resolve("plans");

    @TempDir
    Path folder;

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

    private String drawnBy(String plan) throws IOException, InterruptedException {
        Files.writeString(folder.resolve("pipeline-guided.json"), plan);
        Process process = new ProcessBuilder(Cases.PROGRAM.toString(), "--plans", folder.toString(), GOLDENS.resolve("cases/pipeline-guided").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void cpp_draws_by_a_plan_and_sees_what_is_wrong_with_it() throws IOException, InterruptedException {
        String plan = Plans.of(GoldenCase.read(GOLDENS.resolve("cases/pipeline-guided")));
        String drawn = drawnBy(plan);
        assertTrue(drawn.matches("pipeline-guided images error \\S+ tolerance 3.92e-03 PASS .*\\n"), drawn);
        String guided = drawnBy(plan.replace("\"weight\": 2.5", "\"weight\": 2.4"));
        assertTrue(guided.matches("pipeline-guided images error \\S+ tolerance 3.92e-03 FAIL .*\\n"), guided);
        String strange = drawnBy(plan.replaceFirst("\"limit\"", "\"limits\""));
        assertTrue(strange.matches("pipeline-guided images error - tolerance - FAIL pipeline-guided.json: updates: .*\\n"), strange);
    }
}
