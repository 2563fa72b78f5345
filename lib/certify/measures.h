// SPDX-License-Identifier: Apache-2.0
// measures.h — measures.json with a proof: each value the double nearest to the real number, or bounds of it and a reason.
//
//   {"value": x, "unit": u, "certified": true}
//        x is the exact value, rounded once
//   {"value": 0, "unit": u, "certified": false, "lower": a, "upper": b, "reason": r}
//        the exact value lies in [a, b], 0 with it: nothing but its size is known
//   {"value": n, "unit": u, "certified": false, "reason": r}
//        a count whose last comparison is a tie as far as balls can see; n is by their midpoints
//
// EXACT    Of what? Of the real numbers that the subject's doubles define, through the code that the engine runs. W is the
//          subject's; its column space is what Gram-Schmidt keeps of it (a column of which at most head::negligible_share(V, D)
//          remains adds nothing); G, H and the stream are the exact trace's. Singular values: certify/eigenvalues.h. Temperature:
//          certify/soft_temperature.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "record/measures.h"
#include "scalar/ball.h"

namespace etalon::certify {

// The measures as balls, at Ball::precision(). `exact` is the trace in balls. Errors: as record::measures; Undecided
// where a choice is open that more bits may close.
record::Measures<Ball> enclosed_measures(const record::Subject& subject, const std::vector<record::Traced<Ball>>& exact);

// Their text; none if a value does not round to one double at this precision.
std::optional<std::string> measures_text(const record::Measures<Ball>& enclosed);

// Both in one.
std::optional<std::string> certified_measures(const record::Subject& subject, const std::vector<record::Traced<Ball>>& exact);

// What a published measures.json says otherwise than the certified one, a line for each: "head.destroyed_ratio: published ..., is
// ...". Empty: nothing. Error: `published` is no JSON.
std::vector<std::string> wrong_measures(const std::string& published, const std::string& certified);

}  // namespace etalon::certify
