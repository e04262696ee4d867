// Sorts runners, foremost first, by radix.
//
// How: large ranges are dealt out to 1,024 parts by the upper bits of what tells their keys apart,
// each part by its own, until a part fits a core's cache; there each runner's bits and place, in
// one number, are sorted by passes of a byte each, and runs of equal bits by comparison.
// Work: 15-20 ns a runner at 4e6, where comparisons alone take 80. Memory: as much again.
// Threads: safe on distinct arrays.
#pragma once

#include "fastsamplers/weighted/race.hpp"

namespace fastsamplers::weighted {

// The order of runners by operator<.
void sort_runners(PageVector<Runner>& runners);

}  // namespace fastsamplers::weighted
