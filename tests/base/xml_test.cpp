// SPDX-License-Identifier: Apache-2.0
#include "base/xml.h"

#include <catch2/catch.hpp>

TEST_CASE("xml: what could end a tag or an attribute is named, what XML cannot hold is replaced", "[base][xml]") {
  CHECK(etalon::xml_escaped("a <b> & \"c\" 'd'") == "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  CHECK(etalon::xml_escaped("\x01\x1b\n\t") == "??\n\t");
  CHECK(etalon::xml_escaped("\xc3\xa9talon") == "\xc3\xa9talon");
}
