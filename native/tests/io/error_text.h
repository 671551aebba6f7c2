// error_of([] { ... }): the message of the lgv::Error that it throws, with its code in front: "2: config.json: norm_eps is missing".
// A test compares the whole sentence, so that what a user reads is what somebody looked at.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"

namespace lgv {

template <class Action>
std::string error_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return text(int(error.code()), ": ", error.what());
    }
    return "no error";
}

// The same with every `path` in it written as "m".
template <class Action>
std::string error_of(const std::string& path, Action action) {
    const std::string message = error_of(action);
    std::string out;
    size_t from = 0;
    for (size_t at; (at = message.find(path, from)) != std::string::npos; from = at + path.size()) out.append(message, from, at - from).append("m");
    return out.append(message, from);
}

}  // namespace lgv
