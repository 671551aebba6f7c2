// lgv_gpu_facts on the emulator, to see that it runs and that nothing is found wrong with it.
#define main facts_main
#include "facts.cu"
#undef main

#include "simt/emulator.h"

int main() {
    char name[] = "lgv_gpu_facts", tiny[] = "--tiny";
    char* arguments[] = {name, tiny, nullptr};
    const int code = facts_main(2, arguments);
    const auto findings = simt::take_findings();
    for (const simt::Finding& finding : findings) std::printf("%s\n", finding.text().c_str());
    return findings.empty() ? code : 1;
}
