// The dispatcher of events by itself, step by step.
#include "streams/delivery/event_dispatcher.h"

#include <gtest/gtest.h>

#include <future>

#include "storage/base/task_thread.h"
#include "streams/delivery/test_support.h"

namespace millrace::streams {
namespace {

class EventDispatcherTest : public DelivererTest {
 protected:
  EventDispatcherTest() {
    deliverer_->Stop();
    services_.engine = engine_.get();
    services_.functions = &functions_;
    services_.invoker = &invoker_;
    services_.clock = &clock_;
    services_.random = &random_;
    services_.thread = &thread_;
    services_.counters = &counters_;
  }
  Placed Store(const std::string& function) {
    StoredEvent event;
    event.request_id = "r";
    event.function_name = function;
    event.trace_header = "Root=1";
    event.payload = std::make_shared<const std::string>("{}");
    std::promise<Placed> placed;
    StoreEvent(engine_.get(), event, nullptr,
               [&](const Result<Placed>& result) { placed.set_value(result.value()); });
    return placed.get_future().get();
  }

  DeliveryServices services_;
  DeliveryCounters counters_;
  TaskThread thread_{[] { return TaskThread::kNever; }};  // is never started: nothing runs
};

TEST_F(EventDispatcherTest, AnEventThatHasBegunIsNotTakenForANewOne) {
  invoker_.Hold();
  const Placed placed = Store("f");
  EventDispatcher dispatcher(&services_);
  ASSERT_TRUE(dispatcher.Load().ok());
  // It is found in the store before the word comes that it is there.
  dispatcher.Tick(clock_.NowMs());
  EXPECT_EQ(invoker_.count(), 1u);
  dispatcher.Place(placed);
  dispatcher.Tick(clock_.NowMs());
  EXPECT_EQ(invoker_.count(), 1u);
  // Another one is another matter.
  dispatcher.Place(Store("f"));
  dispatcher.Tick(clock_.NowMs());
  EXPECT_EQ(invoker_.count(), 2u);
}

}  // namespace
}  // namespace millrace::streams
