// SPDX-License-Identifier: Apache-2.0
// phase_study.h — the question of phases.h put to one experiment: several seeds, several readings of a layer, and controls.
//
// RUNS       Seeds e.seed, e.seed + 1, ... give the weights and the sequences. Each run is looked at n_looks times, evenly, and at
//            the beginning. Each seed reads its layers through anchors of its own: the spread over seeds holds that of anchors.
//
// READINGS   I(X;T) and I(T;Y) of the layer through anchors (study/plane.h), exact, at the three published temperatures. Also the
//            mean over layers, which is what is published of large models.
//
// CONTROLS   untrained    the first look
//            i.i.d.       as many runs on a source of independent symbols with the marginal of Y: nothing can be learnt but p(y).
//                         Measured on the true source's contexts. A fall seen here too has nothing to do with what was learnt.
//            shuffled     I(T;Y) at the end if the laws p(.|x) are dealt to the contexts anew: what T says of labels that it
//                         knows nothing of
//
// OPTIMALITY I(T;Y) / I(X;T) at the end; published: it rises with depth. Shown if, seed by seed, what the head reads stands above
//            the first block by k standard errors.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "study/experiment.h"
#include "study/phases.h"

namespace etalon::study {

struct PhaseSetting {
  long n_seeds = 5;        // runs on the source, and as many on the control; at least 3
  long n_anchor_sets = 1;  // per seed; their mean is the seed's trajectory
  long n_looks = 50;       // after the first; not more than there are steps
  PhaseRule rule = {};
};

// One run: what each reading of each layer went through.
struct PhaseRun {
  struct Reading {
    std::string layer, temperature;
    Trajectory trajectory;
    double shuffled_i_y = 0;  // nats
  };
  std::vector<long> steps;        // of the looks
  std::vector<Reading> readings;  // the layers in order and "mean of layers", for each temperature
};

enum class TrainedOn { source, independent };

// Run `replicate` = 0 .. n_seeds-1. A pure function of its arguments; `on_step` is called after every training step.
// Error: fewer than 3 seeds, no anchors, no looks; what train() refuses.
PhaseRun phase_run(
    const Experiment& e, const PhaseSetting& setting, long replicate, TrainedOn on, const std::function<void()>& on_step = [] {});

struct PhaseRow {
  std::string layer, temperature;
  PhaseVerdict trained, control;
  bool attributed = false;  // the fall stands above the control's
  MeanAndError untrained_x, untrained_y, final_x, final_y, shuffled_y, optimality;
  // What is said of the claim: `shown` only if the fall is attributed, too.
  Phases conclusion() const { return trained.verdict == Phases::shown && !attributed ? Phases::not_shown : trained.verdict; }
};

// Optimality of what the head reads - that of the first block.
struct DepthGain {
  std::string temperature;
  MeanAndError gain;
};

struct PhaseStudy {
  std::string experiment;
  PhaseSetting setting;
  std::vector<long> steps;
  std::vector<PhaseRow> rows;
  std::vector<DepthGain> depth;  // one for each temperature
};

// Error: not n_seeds runs of each; runs of different layers or looks.
PhaseStudy judge_runs(const Experiment& e, const PhaseSetting& setting, const std::vector<PhaseRun>& trained,
                      const std::vector<PhaseRun>& control);

// One line for each row, with units in the names.
std::string to_json_lines(const PhaseStudy& study);

}  // namespace etalon::study
