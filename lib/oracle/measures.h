// measures.h — what a case is worth knowing beside its tensors: loss, perplexity, the gradient that the LM head destroys.
#pragma once

#include <string>
#include <vector>

#include "oracle/cases.h"
#include "oracle/trace.h"

namespace etalon::oracle {

// The text of measures.json: each value with its unit. `traced` is the trace of the subject in double.
std::string measures(const Subject& subject, const std::vector<Traced<double>>& traced);

}  // namespace etalon::oracle
