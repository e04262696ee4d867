# Cross-compiles for 64-bit Windows with Debian's MinGW-w64, in the variant whose threads are std::thread's.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
