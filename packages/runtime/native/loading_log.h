// What TensorFlow says while its libraries are loaded, before it has read TF_CPP_MIN_LOG_LEVEL: on processors that oneDNN likes,
// that oneDNN is on. The addon is linked to be initialised before its libraries (-z initfirst); it keeps what they write to
// stderr until they are loaded, and then passes on what that level lets through.

#ifndef CHUI_LOADING_LOG_H_
#define CHUI_LOADING_LOG_H_

#ifdef __linux__
#include <sys/mman.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>

namespace chui {

class LoadingLog {
 public:
  LoadingLog() {
#ifdef __linux__
    const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
    level_ = level ? std::atoi(level) : 0;
    if (level_ <= 0 || (kept_ = memfd_create("stderr", MFD_CLOEXEC)) < 0) return;
    if ((stderr_ = dup(STDERR_FILENO)) < 0 || dup2(kept_, STDERR_FILENO) < 0) Close();
#endif
  }

  // Gives stderr back.
  void End() {
    if (kept_ < 0) return;
    dup2(stderr_, STDERR_FILENO);
    std::string text, line;
    char bytes[4096];
    lseek(kept_, 0, SEEK_SET);
    for (ssize_t count; (count = read(kept_, bytes, sizeof bytes)) > 0;) text.append(bytes, count);
    Close();
    for (size_t start = 0, end; start < text.size(); start = end) {
      end = std::min(text.find('\n', start), text.size() - 1) + 1;
      line = text.substr(start, end - start);
      if (!IsBelow(line) && write(STDERR_FILENO, line.data(), line.size()) < 0) return;
    }
  }

 private:
  // Whether it is a line of TensorFlow's, such as `I0000 00:00:17 port.cc:153] …`, below the level, or what absl says before the first.
  bool IsBelow(const std::string &line) const {
    if (line.rfind("WARNING: All log messages before absl::InitializeLog()", 0) == 0) return true;
    const size_t severity = line.size() > 5 ? std::string("IWEF").find(line[0]) : std::string::npos;
    for (int i = 1; i < 5; ++i) {
      if (severity == std::string::npos || !std::isdigit(static_cast<unsigned char>(line[i]))) return false;
    }
    return static_cast<int>(severity) < level_;
  }

  void Close() {
    close(kept_);
    if (stderr_ >= 0) close(stderr_);
    kept_ = stderr_ = -1;
  }

  int level_ = 0, kept_ = -1, stderr_ = -1;
};

static LoadingLog loading_log;

}  // namespace chui

#endif  // CHUI_LOADING_LOG_H_
