// A reply body that is produced over time, as a tail of changes is: the session asks for the next
// piece whenever the client has taken what was there, and is told when there is one again.
#pragma once

#include <cstddef>
#include <string>

namespace millrace::server {

// Belongs to one I/O thread: everything here is called on it. From Start until it is closed it is
// owned by a session.
class BodyStream {
 public:
  // Who sends the pieces.
  class Owner {
   public:
    // After Produce has answered kWait: call Produce again.
    virtual void StreamReady() = 0;
    // After Close has answered false: nothing of the stream is under way any more, and the owner
    // may destroy it before this returns.
    virtual void StreamClosed() = 0;

   protected:
    ~Owner() = default;
  };

  enum class Outcome {
    kMore,  // call again, after others have had their turn
    kWait,  // nothing more now; StreamReady will be called
    kEnd,   // the body is complete
  };

  virtual ~BodyStream() = default;

  // Called once, before everything else. `owner` outlives the stream.
  virtual void Start(Owner* owner) = 0;
  // Appends the next piece to `*out`, `size_max` bytes or a little more; it may be empty. Must be
  // brief.
  virtual Outcome Produce(size_t size_max, std::string* out) = 0;
  // Appends something that says nothing, for a client that has not been sent anything for a while.
  virtual void KeepAlive(std::string* out) { (void)out; }
  // Called every second or so while the stream waits; true: call Produce again.
  virtual bool CheckAgain() { return false; }
  // The body ends, complete or not; only the destructor is called after this. True: it may be at
  // once. False: StreamClosed will be called first.
  virtual bool Close() = 0;
};

}  // namespace millrace::server
