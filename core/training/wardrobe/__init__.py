"""People made from the body model Anny in MakeHuman's clothes, shoes and hair: more avatars to train with."""
