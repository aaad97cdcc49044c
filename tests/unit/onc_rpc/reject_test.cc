// Each kind of bad call gets the reply that RFC 5531 §9 has for it.
#include "catch.h"
#include "onc_rpc/server.h"
#include "rpc_peer.h"
#include "test_program.h"

namespace dittofs::onc_rpc::testing {
namespace {

struct World {
  TestProgram program;
  std::unique_ptr<Server> server;
  Peer peer{-1};

  World() {
    ServerOptions options;
    options.event_loops = 1;
    server = Server::Create(options).value();
    REQUIRE(server->Start().ok());
    peer = Connect(*server, {&program});
  }
  std::vector<uint32_t> Ask(const Wire& message) {
    peer.Send(Record(message));
    return peer.ReceiveWords();
  }
};

Wire CallStart(uint32_t rpc_version = 2) {
  return Wire().Word(9).Word(kMessageCall).Word(rpc_version).Word(kTestProgram).Word(3).Word(kCredentials);
}
std::vector<uint32_t> AuthError(AuthStatus status) {
  return {9, kMessageReply, kReplyDenied, kRejectAuthError, static_cast<uint32_t>(status)};
}
/// authsys_parms with `group_count` groups announced and `groups` sent.
Wire AuthSys(uint32_t uid, uint32_t gid, uint32_t group_count, uint32_t groups) {
  Wire wire;
  wire.Word(12345).Opaque("host").Word(uid).Word(gid).Word(group_count);
  for (uint32_t i = 0; i < groups; ++i) wire.Word(100 + i);
  return wire;
}
Wire WithCredentials(uint32_t flavor, const Wire& body) {
  return CallStart().Word(flavor).Word(static_cast<uint32_t>(body.size())).Bytes(body.bytes()).Word(0).Word(0);
}

TEST_CASE("onc_rpc reject: another RPC version is RPC_MISMATCH 2..2") {
  World world;
  CHECK(world.Ask(CallStart(3).Word(0).Word(0).Word(0).Word(0)) ==
        std::vector<uint32_t>{9, kMessageReply, kReplyDenied, kRejectRpcMismatch, 2, 2});
}

TEST_CASE("onc_rpc reject: an unknown program is PROG_UNAVAIL") {
  World world;
  CHECK(world.Ask(CallMessage(9, kTestProgram + 1, 3, 0)) == Accepted(9, AcceptStatus::kProgramUnavailable));
}

TEST_CASE("onc_rpc reject: versions below and above are PROG_MISMATCH with the range") {
  World world;
  auto expected = Accepted(9, AcceptStatus::kProgramMismatch);
  expected.insert(expected.end(), {2, 3});
  CHECK(world.Ask(CallMessage(9, kTestProgram, 1, 0)) == expected);
  CHECK(world.Ask(CallMessage(9, kTestProgram, 4, 0)) == expected);
}

TEST_CASE("onc_rpc reject: a procedure that its version lacks is PROC_UNAVAIL") {
  World world;
  CHECK(world.Ask(CallMessage(9, kTestProgram, 3, kProcedures)) == Accepted(9, AcceptStatus::kProcedureUnavailable));
  CHECK(world.Ask(CallMessage(9, kTestProgram, 2, kWait)) == Accepted(9, AcceptStatus::kProcedureUnavailable));
}

TEST_CASE("onc_rpc reject: arguments that do not decode are GARBAGE_ARGS and nothing of the result") {
  World world;
  CHECK(world.Ask(CallMessage(9, kTestProgram, 3, kGarbage)) == Accepted(9, AcceptStatus::kGarbageArguments));
}

TEST_CASE("onc_rpc reject: an exception is SYSTEM_ERR, and the server lives on") {
  World world;
  CHECK(world.Ask(CallMessage(9, kTestProgram, 3, kThrow)) == Accepted(9, AcceptStatus::kSystemError));
  CHECK(world.Ask(CallMessage(10, kTestProgram, 3, kNull)) == Accepted(10, AcceptStatus::kSuccess));
}

TEST_CASE("onc_rpc reject: of a long reply that ends in an exception nothing is sent, and its neighbours stay whole") {
  World world;
  Wire calls;
  for (uint32_t xid = 1; xid <= 3; ++xid) {
    calls.Bytes(Record(CallMessage(xid, kTestProgram, 3, xid == 2 ? kThrowLong : kNull)));
  }
  world.peer.Send(calls.bytes());
  CHECK(world.peer.ReceiveWords() == Accepted(1, AcceptStatus::kSuccess));
  CHECK(world.peer.ReceiveWords() == Accepted(2, AcceptStatus::kSystemError));
  CHECK(world.peer.ReceiveWords() == Accepted(3, AcceptStatus::kSuccess));
}

TEST_CASE("onc_rpc reject: an exception after the hand-over is SYSTEM_ERR, too") {
  World world;
  Wire calls;
  calls.Bytes(Record(CallMessage(8, kTestProgram, 3, kNull)));
  calls.Bytes(Record(CallMessage(9, kTestProgram, 3, kThrowLate)));
  world.peer.Send(calls.bytes());
  CHECK(world.peer.ReceiveWords() == Accepted(8, AcceptStatus::kSuccess));
  CHECK(world.peer.ReceiveWords() == Accepted(9, AcceptStatus::kSystemError));
}

TEST_CASE("onc_rpc auth: AUTH_SYS with 16 groups and 32-bit ids arrives as sent") {
  World world;
  auto expected = Accepted(9, AcceptStatus::kSuccess);
  expected.insert(expected.end(), {0xffff'fffe, 0x8000'0001, 16});
  for (uint32_t i = 0; i < 16; ++i) expected.push_back(100 + i);
  expected.insert(expected.end(), {4, 0x686f'7374});
  CHECK(world.Ask(WithCredentials(1, AuthSys(0xffff'fffe, 0x8000'0001, 16, 16))) == expected);
}

TEST_CASE("onc_rpc auth: AUTH_NONE is nobody") {
  World world;
  auto expected = Accepted(9, AcceptStatus::kSuccess);
  expected.insert(expected.end(), {kNobodyUserId, kNobodyGroupId, 0, 0});
  CHECK(world.Ask(WithCredentials(0, Wire())) == expected);
}

TEST_CASE("onc_rpc auth: 17 groups are AUTH_BADCRED") {
  World world;
  CHECK(world.Ask(WithCredentials(1, AuthSys(1, 1, 17, 17))) == AuthError(AuthStatus::kBadCredentials));
}

TEST_CASE("onc_rpc auth: fewer groups than announced, or more, are AUTH_BADCRED") {
  World world;
  CHECK(world.Ask(WithCredentials(1, AuthSys(1, 1, 3, 2))) == AuthError(AuthStatus::kBadCredentials));
  CHECK(world.Ask(WithCredentials(1, AuthSys(1, 1, 2, 3))) == AuthError(AuthStatus::kBadCredentials));
  CHECK(world.Ask(WithCredentials(1, AuthSys(1, 1, 0xffff'ffff, 0))) == AuthError(AuthStatus::kBadCredentials));
}

TEST_CASE("onc_rpc auth: a body cut anywhere is AUTH_BADCRED") {
  World world;
  const Wire whole = AuthSys(1, 1, 2, 2);
  for (size_t size = 0; size < whole.size(); size += 4) {
    Wire cut;
    cut.Bytes(std::span(whole.bytes()).first(size));
    REQUIRE(world.Ask(WithCredentials(1, cut)) == AuthError(AuthStatus::kBadCredentials));
  }
}

TEST_CASE("onc_rpc auth: a machine name over 255 bytes is AUTH_BADCRED") {
  World world;
  Wire body;
  body.Word(0).Opaque(std::string(256, 'm')).Word(1).Word(1).Word(0);
  CHECK(world.Ask(WithCredentials(1, body)) == AuthError(AuthStatus::kBadCredentials));
}

TEST_CASE("onc_rpc auth: a body of over 400 bytes is AUTH_BADCRED") {
  World world;
  Wire body;
  for (int i = 0; i < 101; ++i) body.Word(0);
  CHECK(world.Ask(WithCredentials(0, body)) == AuthError(AuthStatus::kBadCredentials));
}

TEST_CASE("onc_rpc auth: a body longer than the message is AUTH_BADCRED") {
  World world;
  CHECK(world.Ask(CallStart().Word(1).Word(300).Word(0)) == AuthError(AuthStatus::kBadCredentials));
}

TEST_CASE("onc_rpc auth: AUTH_SHORT, RPCSEC_GSS and unknown flavors are AUTH_REJECTEDCRED") {
  World world;
  for (const uint32_t flavor : {2u, 3u, 6u, 390003u, 0xffff'ffffu}) {
    CHECK(world.Ask(WithCredentials(flavor, Wire().Word(1))) == AuthError(AuthStatus::kRejectedCredentials));
  }
}

TEST_CASE("onc_rpc auth: a verifier that is missing, too long or not AUTH_NONE is AUTH_BADVERF") {
  World world;
  CHECK(world.Ask(CallStart().Word(0).Word(0)) == AuthError(AuthStatus::kBadVerifier));
  CHECK(world.Ask(CallStart().Word(0).Word(0).Word(0).Word(404)) == AuthError(AuthStatus::kBadVerifier));
  CHECK(world.Ask(CallStart().Word(0).Word(0).Word(1).Word(0)) == AuthError(AuthStatus::kBadVerifier));
}

TEST_CASE("onc_rpc: a reply sent to the server is ignored") {
  World world;
  world.peer.Send(Record(Wire().Word(1).Word(kMessageReply).Word(0).Word(0).Word(0).Word(0)));
  CHECK(world.Ask(CallMessage(2, kTestProgram, 3, kNull)) == Accepted(2, AcceptStatus::kSuccess));
  CHECK(world.server->statistics().malformed == 1);
}

TEST_CASE("onc_rpc: a call that ends inside its header closes the connection") {
  const Wire whole = CallMessage(1, kTestProgram, 3, kNull);
  for (size_t size = 0; size < 24; size += 4) {
    World world;
    Wire cut;
    cut.Bytes(std::span(whole.bytes()).first(size));
    world.peer.Send(Record(cut));
    REQUIRE(world.peer.IsClosed());
  }
}

}  // namespace
}  // namespace dittofs::onc_rpc::testing
