// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "report/html.h"

namespace etalon::app {

std::string date_of_today() {
  // Take the time: what the environment says, if it is a number, else now
  using namespace std::chrono;
  sys_seconds time = floor<seconds>(system_clock::now());
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) {
    const std::string_view text(epoch);
    long long seconds_since = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seconds_since);
    constexpr long long kYear9999 = 253402300799;
    if (wrong == std::errc() && end == text.data() + text.size() && seconds_since >= 0 && seconds_since <= kYear9999)
      time = sys_seconds(seconds(seconds_since));
  }

  // Write it as a date of the Gregorian calendar
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02ld:%02ld UTC", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
                static_cast<long>(clock.minutes().count()));
  return text;
}

}  // namespace etalon::app
