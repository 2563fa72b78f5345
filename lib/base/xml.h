// SPDX-License-Identifier: Apache-2.0
// xml.h — text made safe to stand inside XML, HTML or SVG.
#pragma once

#include <string>

namespace etalon {

// The five reserved characters by name or number; control characters, which XML 1.0 cannot hold, become '?'.
std::string xml_escaped(const std::string& text);

}  // namespace etalon
